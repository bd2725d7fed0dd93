//! Why there is no lock.

use std::{fmt, io, path::PathBuf};

use super::ATTEMPTS_MAX;
use crate::owned_file::UnfitFile;

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another server has it.
    #[error("{holder} uses this key file: it holds {}", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who has it.
        holder: Holder,
    },
    /// The predecessor does not hold it any more, or has replaced keys since it handed over.
    #[error("{} is not the lock of the build that handed over", path.display())]
    NotHandedOver {
        /// The lock file.
        path: PathBuf,
    },
    /// There is something in the way.
    #[error("lock file {}", path.display())]
    Unfit {
        /// The lock file.
        path: PathBuf,
        /// What is in the way.
        source: UnfitFile,
    },
    /// The system refused.
    #[error("lock file {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Other servers start and stop all the time.
    #[error("lock file {}: taken away {ATTEMPTS_MAX} times", path.display())]
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
