//! Why the key file cannot be used.

use std::{io, path::PathBuf};

use crate::owned_file::UnfitFile;

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The path ends in `..` or is empty.
    #[error("key file {}: names no file", path.display())]
    NoFileName {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The folder does not exist or is not accessible.
    #[error("folder of the key file, {}", folder.display())]
    Folder {
        /// The folder as it was given.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// What is at the folder's path is not a folder.
    #[error("folder of the key file, {}: is not a folder", folder.display())]
    NotAFolder {
        /// The absolute path.
        folder: PathBuf,
    },
    /// Something else is at the path of the key file.
    #[error("key file {}", path.display())]
    Unfit {
        /// The absolute path.
        path: PathBuf,
        /// What is there.
        source: UnfitFile,
    },
    /// The file was written by a server that still runs, whatever became of its lock file.
    #[error(
        "key file {}: a server that is running wrote it and holds it, although its lock file was \
         deleted: end that server (`fuser` with this path finds it), or set another token_key_file",
        path.display()
    )]
    InUse {
        /// The absolute path.
        path: PathBuf,
    },
    /// The file is not the one that this server wrote last.
    #[error(
        "key file {}: another program put this file there, and it is left alone: find out which, \
         delete the file, and repeat the rotation",
        path.display()
    )]
    Replaced {
        /// The absolute path.
        path: PathBuf,
    },
    /// What is at its path could not be examined.
    #[error("key file {}: not examined", path.display())]
    Examine {
        /// The absolute path.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The new file could not be written.
    #[error("key file {}: not written", path.display())]
    Write {
        /// The absolute path.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file could not be deleted.
    #[error("key file {}: not deleted", path.display())]
    Remove {
        /// The absolute path.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}
