//! Detached signatures of minisign: `libtoken.so.minisig` beside `libtoken.so`.

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

/// The public key that must verify every plugin.
#[derive(Debug)]
pub(crate) struct Signer(PublicKey);

impl Signer {
    /// Uses this key.
    pub(crate) const fn new(key: PublicKey) -> Self {
        Self(key)
    }

    /// Reads the key from a file; the permission rules for plugins apply to it, too.
    ///
    /// # Errors
    /// The file cannot be read, others can write it, or it contains no key.
    pub(crate) fn read(path: &Path, rules: &Rules) -> Result<Self, PublicKeyError> {
        let bytes = regular_file::read_elsewhere(path, TEXT_BYTES_MAX, rules)
            .map_err(PublicKeyError::File)?;
        let key = std::str::from_utf8(&bytes).ok().map(PublicKey::decode);
        match key {
            Some(Ok(key)) => Ok(Self(key)),
            _ => Err(PublicKeyError::NoKey),
        }
    }

    /// Verifies the bytes with the signature that was read from `path`.
    ///
    /// # Errors
    /// It is not a signature, not of this key, or not of these bytes.
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

/// The path of the signature of a file.
pub(crate) fn path_of(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".minisig");
    PathBuf::from(path)
}

/// Why a public key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The file cannot be read.
    #[error("{0}: expected a public key of minisign in base64, or a file that contains it")]
    File(FileError),
    /// The file is not a public key.
    #[error("not a public key: expected the .pub file that minisign -G writes")]
    NoKey,
}

/// Why the signature of a library is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature cannot be read.
    #[error("its signature {} cannot be read: {reason}: expected one made with the key of --plugins-public-key: make it with minisign -S -m {}", path.display(), file.display())]
    File {
        /// The library.
        file: PathBuf,
        /// The signature.
        path: PathBuf,
        /// Why.
        reason: FileError,
    },
    /// Not a signature.
    #[error("{} is not a signature: expected the output of minisign -S: sign the file again", path.display())]
    Malformed {
        /// The signature.
        path: PathBuf,
    },
    /// A deprecated format of minisign.
    #[error("its signature {} has minisign's legacy format: expected a signature of the hash: sign the file again with minisign -S, without -l", path.display())]
    Legacy {
        /// The signature.
        path: PathBuf,
    },
    /// Made with another key.
    #[error("its signature {} was made with another key: expected the key of --plugins-public-key: sign the file with that key, or remove it", path.display())]
    OtherKey {
        /// The signature.
        path: PathBuf,
    },
    /// Of other bytes, or altered.
    #[error("its signature {} does not match: expected a signature of exactly these bytes: copy both files again, or remove them", path.display())]
    Wrong {
        /// The signature.
        path: PathBuf,
    },
}
