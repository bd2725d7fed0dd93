//! What a file must pass before any of its code runs, in order.

use std::path::{Path, PathBuf};

use super::{
    candidate::Candidate, digest::Sha256, error::PluginLoadError, folder::PluginFolder, inspect,
    regular_file, strict_modes::Rules,
};
use crate::config::PluginTrust;

/// The largest plugin, in bytes.
const PLUGIN_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The drop folder and the owner's rules for it, as they are now: a gate is opened for every look
/// at the folder.
#[derive(Debug)]
pub(super) struct Gate {
    folder: PluginFolder,
    rules: Rules,
}

impl Gate {
    /// Judges the folder and reads the rules.
    ///
    /// # Errors
    /// The folder is missing, or others may write it.
    pub(super) fn open(folder: &Path, trust: &PluginTrust) -> Result<Self, PluginLoadError> {
        let rules = Rules::new(trust);
        Ok(Self {
            folder: PluginFolder::open(folder, rules)?,
            rules,
        })
    }

    /// The files to admit, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn libraries(&self) -> Result<Vec<PathBuf>, PluginLoadError> {
        self.folder.libraries()
    }

    /// Checks one of the files.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(super) fn admit(&self, path: PathBuf) -> Result<Candidate, PluginLoadError> {
        let read = |path: &Path| {
            let canonical = self.folder.resolve(path)?;
            regular_file::read(&canonical, PLUGIN_BYTES_MAX, &self.rules)
        };
        let bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(reason) => return Err(PluginLoadError::Refused { path, reason }),
        };
        let sha256 = Sha256::of(&bytes);
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
}
