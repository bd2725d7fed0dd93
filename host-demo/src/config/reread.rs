//! What another reading of the configuration found.

use std::path::PathBuf;

use super::{
    changed::{ChangedSetting, listed},
    error::{ConfigError, ConfigWarning},
};

/// What the sources say now, compared with the configuration in force.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reread {
    /// What changed and is in force with the new configuration.
    pub changed: Vec<ChangedSetting>,
    /// What changed and is in force after a restart only.
    pub waiting: Vec<ChangedSetting>,
    /// Problems that do not keep it from being used.
    pub warnings: Vec<ConfigWarning>,
}

/// Why the configuration cannot be read again. The one in force stays in force as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RereadError {
    /// What the sources say would also abort a startup.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file has no setting any more: it was emptied, or is about to be written.
    #[error(
        "configuration file {} has no setting: if that is meant, leave one in it; to change a file, write a new \
         file and rename it", path.display()
    )]
    Emptied {
        /// The file as it was named.
        path: PathBuf,
    },
    /// Somebody writes the file.
    #[error(
        "configuration file {} changes while it is read: write a new file and rename it", path.display()
    )]
    Changing {
        /// The file as it was named.
        path: PathBuf,
    },
    /// It can be used, but not together with what changes at a restart only.
    #[error(
        "{} can change at a restart only, and without that the rest of the configuration does not go together",
        listed(waiting)
    )]
    Waiting {
        /// The settings that wait.
        waiting: Vec<ChangedSetting>,
        /// What does not go together.
        source: Box<ConfigError>,
    },
}

#[cfg(test)]
mod tests;
