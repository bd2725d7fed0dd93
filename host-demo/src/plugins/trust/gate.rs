//! What a file must pass before any of its code runs, in order.

use std::path::{Path, PathBuf};

use super::{
    allow_list::AllowList,
    digest::Sha256,
    folder::PluginFolder,
    permissions::Rules,
    regular_file::{self, FileError},
    signature::{self, SignatureError, Signer},
};
use crate::config::PluginTrust;
use crate::plugins::loading::{candidate::Candidate, error::PluginLoadError, inspect};

#[cfg(test)]
mod tests;

/// The largest plugin, in bytes.
pub(crate) const PLUGIN_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The drop folder and the owner's rules for it, as they are now: a gate is opened for every look
/// at the folder.
#[derive(Debug)]
pub(crate) struct Gate {
    folder: PluginFolder,
    rules: Rules,
    allow_list: Option<AllowList>,
    signer: Option<Signer>,
}

impl Gate {
    /// Judges the folder and reads the rules.
    ///
    /// # Errors
    /// The folder is missing, others may write it, or a rule cannot be read.
    pub(crate) fn open(folder: &Path, trust: &PluginTrust) -> Result<Self, PluginLoadError> {
        let rules = Rules::new(trust);
        let allow_list = trust.allow_list.as_deref();
        let public_key = trust.public_key.as_ref();
        Ok(Self {
            folder: PluginFolder::open(folder, rules)?,
            rules,
            allow_list: allow_list
                .map(|path| AllowList::read(path, &rules))
                .transpose()?,
            signer: public_key
                .map(|source| Signer::new(source, &rules))
                .transpose()?,
        })
    }

    /// The files to admit, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn libraries(&self) -> Result<Vec<PathBuf>, PluginLoadError> {
        self.folder.libraries()
    }

    /// Checks one of the files.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(crate) fn admit(&self, path: PathBuf) -> Result<Candidate, PluginLoadError> {
        let (bytes, sha256) = self.trusted_bytes(&path)?;
        match inspect::inspect(&bytes) {
            Ok(manifest) => Ok(Candidate {
                path,
                bytes,
                sha256,
                manifest,
            }),
            Err(reason) => Err(PluginLoadError::File { path, reason }),
        }
    }

    /// What the owner wants to be loaded, whatever it is.
    fn trusted_bytes(&self, path: &Path) -> Result<(Vec<u8>, Sha256), PluginLoadError> {
        let bytes =
            self.read(path, PLUGIN_BYTES_MAX)
                .map_err(|reason| PluginLoadError::Refused {
                    path: path.to_owned(),
                    reason,
                })?;
        let sha256 = Sha256::of(&bytes);
        if let Some(list) = &self.allow_list {
            let name = path.file_name().unwrap_or_default();
            list.check(name, sha256)
                .map_err(|reason| PluginLoadError::NotAllowed {
                    path: path.to_owned(),
                    reason,
                })?;
        }
        if let Some(signer) = &self.signer {
            self.check_signature(signer, path, &bytes)
                .map_err(|reason| PluginLoadError::Signature {
                    path: path.to_owned(),
                    reason,
                })?;
        }
        Ok((bytes, sha256))
    }

    fn check_signature(
        &self,
        signer: &Signer,
        file: &Path,
        bytes: &[u8],
    ) -> Result<(), SignatureError> {
        let path = signature::path_of(file);
        match self.read(&path, signature::TEXT_BYTES_MAX) {
            Ok(text) => signer.check(bytes, &text, &path),
            Err(reason) => Err(SignatureError::File {
                file: file.to_owned(),
                path,
                reason,
            }),
        }
    }

    fn read(&self, path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
        let canonical = self.folder.resolve(path)?;
        regular_file::read(&canonical, bytes_max, &self.rules)
    }
}
