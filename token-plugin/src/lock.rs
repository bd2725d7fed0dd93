//! One server for one key file.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{Mode, OFlags};

use crate::owned_file::{Identity, UnfitFile, inspect, inspect_path};

#[cfg(test)]
mod tests;

/// Holds the file `<key file>.lock`, which names this process, and deletes it when dropped.
///
/// The kernel lets go of the lock when the process ends, however it ends; a file that is left
/// behind holds nobody up.
#[derive(Debug)]
pub(crate) struct KeyFileLock {
    path: PathBuf,
    file: File,
}

impl KeyFileLock {
    /// Takes the lock, without waiting for it.
    pub(crate) fn acquire(key_file: &Path) -> Result<Self, LockError> {
        let mut path = OsString::from(key_file);
        path.push(".lock");
        let path = PathBuf::from(path);
        inspect_path(&path).map_err(|source| LockError::Unfit {
            path: path.clone(),
            source,
        })?;
        for _ in 0..ATTEMPTS_MAX {
            if let Some(lock) = Self::attempt(&path)? {
                return Ok(lock);
            }
        }
        Err(LockError::Contended { path })
    }

    /// Nothing if the file was deleted by its holder after it was opened here: a lock on it would
    /// keep out nobody who comes later, and the next attempt meets whoever has the new file.
    fn attempt(path: &Path) -> Result<Option<Self>, LockError> {
        let refused = |source| LockError::Io {
            path: path.to_owned(),
            source,
        };
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    path: path.to_owned(),
                    holder: Holder(read_process_id(&file)),
                });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        let lock = Self {
            path: path.to_owned(),
            file,
        };
        if !lock.is_in_place().map_err(refused)? {
            return Ok(None);
        }
        lock.write_process_id().map_err(refused)?;
        Ok(Some(lock))
    }

    fn is_in_place(&self) -> io::Result<bool> {
        let held = Identity::of(&self.file.metadata()?);
        match Identity::of_path(&self.path) {
            Ok(named) => Ok(named == held),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn write_process_id(&self) -> io::Result<()> {
        self.file.set_len(0)?;
        writeln!(&self.file, "{}", process::id())
    }
}

impl Drop for KeyFileLock {
    fn drop(&mut self) {
        // While the lock is still held: whoever takes it next looks whether the file is in place.
        // If it cannot be deleted it stays, and holds nobody up.
        if self.is_in_place().unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn open(path: &Path) -> Result<File, LockError> {
    // Not blocking, and not following: should a fifo or a symlink take the place just now.
    let flags =
        OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let open = || -> io::Result<(File, fs::Metadata)> {
        let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)?);
        let metadata = file.metadata()?;
        Ok((file, metadata))
    };
    let (file, metadata) = open().map_err(|source| LockError::Io {
        path: path.to_owned(),
        source,
    })?;
    inspect(&metadata).map_err(|source| LockError::Unfit {
        path: path.to_owned(),
        source,
    })?;
    Ok(file)
}

fn read_process_id(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(PROCESS_ID_BYTES_MAX)
        .read_to_string(&mut text)
        .ok()?;
    text.trim().parse().ok()
}

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
pub(crate) struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(process_id) => write!(formatter, "process {process_id}"),
            None => formatter.write_str("another process"),
        }
    }
}

const ATTEMPTS_MAX: usize = 16;

const PROCESS_ID_BYTES_MAX: u64 = 16;
