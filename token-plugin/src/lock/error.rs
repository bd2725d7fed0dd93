//! Why the lock was not acquired.

use std::{fmt, io, path::PathBuf};

use super::ATTEMPTS_MAX;
use crate::owned_file::UnfitFile;

/// Why the lock was not acquired.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another server holds it.
    #[error("{holder} uses this key file: it holds {}", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who holds it.
        holder: Holder,
    },
    /// The predecessor does not hold it any more, or has replaced keys since the hand-over.
    #[error("{} is not the lock of the build that handed over", path.display())]
    NotHandedOver {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file was deleted or replaced while it was held.
    #[error(
        "lock file {} was deleted or replaced, so another server may use the key file, which is left \
         alone: end other servers that use it, then restart this one",
        path.display()
    )]
    Lost {
        /// The lock file.
        path: PathBuf,
    },
    /// Something else is at the path of the lock file.
    #[error("lock file {}", path.display())]
    Unfit {
        /// The lock file.
        path: PathBuf,
        /// What is there.
        source: UnfitFile,
    },
    /// The system reported an error.
    #[error("lock file {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Other servers start and stop at the same time.
    #[error("lock file {}: deleted {ATTEMPTS_MAX} times while it was acquired", path.display())]
    Contended {
        /// The lock file.
        path: PathBuf,
    },
}

/// The process that holds a lock, if its lock file says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder(pub(super) Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(process_id) => write!(formatter, "process {process_id}"),
            None => formatter.write_str("another process"),
        }
    }
}
