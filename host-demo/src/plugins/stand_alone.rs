//! One plugin by itself, for its author: read, loaded and opened without a drop folder and its rules.

use std::path::Path;

use super::{
    PluginLoadError, candidate::Candidate, digest::Sha256, gate::PLUGIN_BYTES_MAX, inspect,
    regular_file, strict_modes::Rules,
};
use crate::config::PluginTrust;

/// A file that is a plugin for this host; none of its code has run.
#[derive(Debug)]
pub(crate) struct StandAlone {
    candidate: Candidate,
}

impl StandAlone {
    /// Reads a file wherever it is. Its author may leave it writable for others; the server does not
    /// load it then.
    ///
    /// # Errors
    /// It cannot be read, or is no plugin for this host.
    pub(crate) fn read(path: &Path) -> Result<Self, PluginLoadError> {
        let rules = Rules::new(&trust());
        let path = path.to_owned();
        let bytes = match regular_file::read_elsewhere(&path, PLUGIN_BYTES_MAX, &rules) {
            Ok(bytes) => bytes,
            Err(reason) => return Err(PluginLoadError::Refused { path, reason }),
        };
        match inspect::inspect(&bytes) {
            Ok(manifest) => Ok(Self {
                candidate: Candidate {
                    sha256: Sha256::of(&bytes),
                    path,
                    bytes,
                    manifest,
                },
            }),
            Err(reason) => Err(PluginLoadError::File { path, reason }),
        }
    }

    /// What the file is.
    pub(crate) const fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// Format and machine that it was built for.
    pub(crate) fn machine() -> String {
        inspect::native_machine()
    }
}

fn trust() -> PluginTrust {
    PluginTrust {
        insecure_permissions: true,
        ..PluginTrust::default()
    }
}
