//! Why plugins are not loaded: the errors of each step, with the file.

use std::path::{Path, PathBuf};

use super::{
    file_set::FileSetError,
    inspect::InspectError,
    library::LibraryError,
    open_thread::OpenThreadError,
    private_copies::{CopiesFolderError, CopyError},
    probe::FileProbeError,
    registration::RegistrationError,
};
use crate::plugins::{
    running::registry::DuplicateEndpoint,
    trust::gate::{GateError, NotTrusted},
};

/// Why the plugins cannot be loaded. Each is one line: the file, what is wrong with it, and what
/// would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginLoadError {
    /// Nothing is loaded from the folder.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The file is not loaded, whatever it contains.
    #[error("plugin {}: {reason}", path.display())]
    NotTrusted {
        /// The file.
        path: PathBuf,
        /// The rule that it violates.
        reason: NotTrusted,
    },
    /// The file is not a plugin for this host; none of its code has run.
    #[error("plugin {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: InspectError,
    },
    /// The files do not fit together.
    #[error(transparent)]
    FileSet(#[from] FileSetError),
    /// The folder for the copies that are loaded cannot be used.
    #[error(transparent)]
    CopiesFolder(#[from] CopiesFolderError),
    /// The copy that is loaded cannot be written.
    #[error("plugin {}: {reason}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// The path of the copy, and why it cannot be written.
        reason: CopyError,
    },
    /// It was loaded in another process first, which failed.
    #[error("plugin {}: {reason}", path.display())]
    Probe {
        /// The file.
        path: PathBuf,
        /// How.
        reason: FileProbeError,
    },
    /// The library cannot be loaded, or does not match the contract.
    #[error("plugin {}: {reason}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: LibraryError,
    },
    /// Its opening function failed.
    #[error("plugin {}: {name} cannot be opened: {message}", path.display())]
    Opening {
        /// The file.
        path: PathBuf,
        /// The plugin's name.
        name: String,
        /// The plugin's message.
        message: String,
    },
    /// Its opening function did not return.
    #[error("plugin {}: {reason}", path.display())]
    OpenThread {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: OpenThreadError,
    },
    /// What it registers cannot be served.
    #[error("plugin {}: {reason}", path.display())]
    Registration {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: RegistrationError,
    },
    /// Two open plugins claim one endpoint.
    #[error(transparent)]
    DuplicateEndpoint(#[from] DuplicateEndpoint),
}

impl PluginLoadError {
    /// Whether the plugin took longer than `plugin_open_timeout_sec`, in the server or before.
    pub(crate) const fn is_open_timeout(&self) -> bool {
        matches!(
            self,
            Self::Probe {
                reason: FileProbeError::Late { .. },
                ..
            } | Self::OpenThread {
                reason: OpenThreadError::Late { .. },
                ..
            }
        )
    }

    /// Adds the file to an error of its registration.
    pub(super) fn registration(path: &Path) -> impl FnOnce(RegistrationError) -> Self {
        let path = path.to_owned();
        move |reason| Self::Registration { path, reason }
    }
}
