//! Detached signatures in the form of minisign: `libtoken.so.minisig` beside `libtoken.so`.

use std::path::{Path, PathBuf};

use minisign_verify::{Error, PublicKey, Signature};

use super::{
    permissions::Rules,
    regular_file::{self, FileError},
};

#[cfg(test)]
pub(crate) mod tests;

/// The largest public key and the largest signature that are read, in bytes.
pub(crate) const TEXT_BYTES_MAX: u64 = 16 * 1024;

/// Who must have signed every plugin.
#[derive(Debug)]
pub(crate) struct Signer(PublicKey);

impl Signer {
    /// The owner of this key.
    pub(crate) const fn new(key: PublicKey) -> Self {
        Self(key)
    }

    /// Reads the key from a file; the permission rules for plugins apply to it, too.
    ///
    /// # Errors
    /// The file cannot be read, others may write it, or it holds no key.
    pub(crate) fn read(path: &Path, rules: &Rules) -> Result<Self, PublicKeyError> {
        let bytes = regular_file::read_elsewhere(path, TEXT_BYTES_MAX, rules)
            .map_err(PublicKeyError::File)?;
        let key = std::str::from_utf8(&bytes).ok().map(PublicKey::decode);
        match key {
            Some(Ok(key)) => Ok(Self(key)),
            _ => Err(PublicKeyError::NoKey),
        }
    }

    /// Whether the text at `path` is this signer's signature of the bytes.
    ///
    /// # Errors
    /// It is no signature, somebody else's, or of other bytes.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        text: &[u8],
        path: &Path,
    ) -> Result<(), SignatureError> {
        let path = path.to_owned();
        let signature = std::str::from_utf8(text).ok().map(Signature::decode);
        let Some(Ok(signature)) = signature else {
            return Err(SignatureError::Malformed { path });
        };
        self.0
            .verify(bytes, &signature, false)
            .map_err(|error| match error {
                Error::UnexpectedKeyId => SignatureError::OtherKey { path },
                Error::UnexpectedAlgorithm => SignatureError::Legacy { path },
                _ => SignatureError::Wrong { path },
            })
    }
}

/// Where the signature of a file is expected.
pub(crate) fn path_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".minisig");
    PathBuf::from(path)
}

/// Why a public key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The file is not read.
    #[error("{0}: expected a public key of minisign in base64, or a file that holds it")]
    File(FileError),
    /// The file holds something else.
    #[error("no public key: expected the .pub file that minisign -G writes")]
    NoKey,
}

/// Why a library counts as unsigned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature is not read.
    #[error("its signature {} is not read: {reason}: expected one by --plugins-public-key: make it with minisign -S -m {}", path.display(), file.display())]
    File {
        /// The library.
        file: PathBuf,
        /// The signature.
        path: PathBuf,
        /// Why.
        reason: FileError,
    },
    /// Not a signature.
    #[error("{} is no signature: expected what minisign -S writes: make it again", path.display())]
    Malformed {
        /// The signature.
        path: PathBuf,
    },
    /// A form that minisign gave up.
    #[error("its signature {} is in minisign's legacy form: expected one of the hash: make it again with minisign -S, without -l", path.display())]
    Legacy {
        /// The signature.
        path: PathBuf,
    },
    /// By somebody else.
    #[error("its signature {} is by another key: expected one by --plugins-public-key: sign it with that key, or remove it", path.display())]
    OtherKey {
        /// The signature.
        path: PathBuf,
    },
    /// Of something else, or altered.
    #[error("its signature {} does not match: expected one of exactly these bytes: copy both files again, or remove them", path.display())]
    Wrong {
        /// The signature.
        path: PathBuf,
    },
}
