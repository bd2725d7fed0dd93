//! Why plugins are not loaded: what each step says, with the file that it says it of.

use std::path::{Path, PathBuf};

use super::{
    file_set::FileSetError,
    inspect::InspectError,
    library::LibraryError,
    private_copies::{CopiesFolderError, CopyError},
    registration::RegistrationError,
};
use crate::plugins::{
    running::registry::DuplicateEndpoint,
    trust::gate::{GateError, NotTrusted},
};

/// Why the plugins cannot be loaded. Each reads as one line: the file, what is wrong with it, and what
/// would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginLoadError {
    /// Nothing is loaded from the folder.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The file is not loaded, whatever is in it.
    #[error("plugin {}: {reason}", path.display())]
    NotTrusted {
        /// The file.
        path: PathBuf,
        /// Which rule it breaks.
        reason: NotTrusted,
    },
    /// The file is no plugin for this host; none of its code ran.
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
    /// There is no folder for the copies that are loaded.
    #[error(transparent)]
    CopiesFolder(#[from] CopiesFolderError),
    /// The copy that is loaded cannot be written.
    #[error("plugin {}: {reason}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// Where the copy was to be written, and why it is not.
        reason: CopyError,
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
        /// The plugin's words.
        message: String,
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
    /// Adds the file to what is wrong with what it registers.
    pub(super) fn registration(path: &Path) -> impl FnOnce(RegistrationError) -> Self {
        let path = path.to_owned();
        move |reason| Self::Registration { path, reason }
    }
}
