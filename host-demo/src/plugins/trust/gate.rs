//! The checks that a file must pass before any of its code runs, in their order.

use std::path::{Path, PathBuf};

use super::{
    allow_list::{AllowList, AllowListError, NotAllowed},
    folder::{FolderError, PluginFolder},
    permissions::Rules,
    regular_file::{self, FileError},
    signature::{self, PublicKeyError, SignatureError, Signer},
};
use crate::{
    config::{PluginTrust, PublicKeySource},
    plugins::digest::Sha256,
};

#[cfg(test)]
mod tests;

/// The largest plugin, in bytes.
const PLUGIN_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The plugins folder and the operator's rules for it at one moment: a gate is opened each time
/// that the folder is read.
#[derive(Debug)]
pub(crate) struct Gate {
    path: PathBuf,
    folder: PluginFolder,
    rules: Rules,
    allow_list: Option<AllowList>,
    signer: Option<Signer>,
}

/// A file that passed the operator's checks, whatever it contains.
pub(crate) struct TrustedFile {
    /// The file in the plugins folder.
    pub(crate) path: PathBuf,
    /// Its content. Only these bytes were checked: the file itself may have been replaced since.
    pub(crate) bytes: Vec<u8>,
    /// The digest of the bytes.
    pub(crate) sha256: Sha256,
}

impl TrustedFile {
    /// Reads a file in any folder, with any owner and mode, for a plugin's author who names it. The
    /// server never loads such a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn of_its_author(path: &Path) -> Result<Self, FileError> {
        let rules = Rules::new(&PluginTrust {
            insecure_permissions: true,
            ..PluginTrust::default()
        });
        let bytes = regular_file::read_elsewhere(path, PLUGIN_BYTES_MAX, &rules)?;
        Ok(Self {
            path: path.to_owned(),
            sha256: Sha256::of(&bytes),
            bytes,
        })
    }
}

impl Gate {
    /// Checks the folder and reads the rules.
    ///
    /// # Errors
    /// The folder is missing, others can write it, or a rule cannot be read.
    pub(crate) fn open(folder: &Path, trust: &PluginTrust) -> Result<Self, GateError> {
        let rules = Rules::new(trust);
        Ok(Self {
            path: folder.to_owned(),
            folder: PluginFolder::open(folder, rules)
                .map_err(|reason| GateError::folder(folder, reason))?,
            rules,
            allow_list: allow_list(trust, &rules)?,
            signer: signer(trust, &rules)?,
        })
    }

    /// The files to check, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn libraries(&self) -> Result<Vec<PathBuf>, GateError> {
        let libraries = self.folder.libraries();
        libraries.map_err(|reason| GateError::folder(&self.path, reason))
    }

    /// Reads one of the files.
    ///
    /// # Errors
    /// The first rule that it violates.
    pub(crate) fn read(&self, path: &Path) -> Result<TrustedFile, NotTrusted> {
        let bytes = self.bytes_of(path, PLUGIN_BYTES_MAX)?;
        let sha256 = Sha256::of(&bytes);
        if let Some(list) = &self.allow_list {
            list.check(path.file_name().unwrap_or_default(), sha256)?;
        }
        if let Some(signer) = &self.signer {
            self.check_signature(signer, path, &bytes)?;
        }
        Ok(TrustedFile {
            path: path.to_owned(),
            bytes,
            sha256,
        })
    }

    fn check_signature(
        &self,
        signer: &Signer,
        file: &Path,
        bytes: &[u8],
    ) -> Result<(), SignatureError> {
        let path = signature::path_of(file);
        match self.bytes_of(&path, signature::TEXT_BYTES_MAX) {
            Ok(text) => signer.check(bytes, &text, &path),
            Err(reason) => Err(SignatureError::File {
                file: file.to_owned(),
                path,
                reason,
            }),
        }
    }

    fn bytes_of(&self, path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
        let canonical = self.folder.resolve(path)?;
        regular_file::read(&canonical, bytes_max, &self.rules)
    }
}

/// Why nothing is loaded from the plugins folder. Each names the path as it was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The folder cannot be read, or others can put plugins into it.
    #[error("plugins path {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: FolderError,
    },
    /// The allow list cannot be used.
    #[error("allow list {}: {reason}", path.display())]
    AllowList {
        /// The list.
        path: PathBuf,
        /// Why.
        reason: AllowListError,
    },
    /// The key that must verify every plugin cannot be used.
    #[error("public key {}: {reason}", path.display())]
    PublicKey {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: PublicKeyError,
    },
}

impl GateError {
    fn folder(path: &Path, reason: FolderError) -> Self {
        Self::Folder {
            path: path.to_owned(),
            reason,
        }
    }
}

/// Why one file is not loaded, whatever it contains.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrusted {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not in the allow list.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The file is not signed with the public key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

fn allow_list(trust: &PluginTrust, rules: &Rules) -> Result<Option<AllowList>, GateError> {
    let Some(path) = &trust.allow_list else {
        return Ok(None);
    };
    let list = AllowList::read(path, rules).map_err(|reason| GateError::AllowList {
        path: path.clone(),
        reason,
    })?;
    Ok(Some(list))
}

fn signer(trust: &PluginTrust, rules: &Rules) -> Result<Option<Signer>, GateError> {
    let path = match &trust.public_key {
        None => return Ok(None),
        Some(PublicKeySource::Key(key)) => return Ok(Some(Signer::new(key.clone()))),
        Some(PublicKeySource::File(path)) => path,
    };
    let signer = Signer::read(path, rules).map_err(|reason| GateError::PublicKey {
        path: path.clone(),
        reason,
    })?;
    Ok(Some(signer))
}

impl std::fmt::Debug for TrustedFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TrustedFile")
            .field("path", &self.path)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}
