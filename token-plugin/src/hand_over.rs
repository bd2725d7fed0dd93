//! What a token plugin hands over to a new build of itself while the server runs: as a value, and
//! as the bytes in which two builds may differ.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use plugin_api::State;
use token_core::{Deadline, ExpiringKey, Key, Keys};

use self::reader::Reader;
use crate::{
    lock::{LockError, Ticket},
    owned_file::Identity,
};

mod reader;
#[cfg(test)]
mod tests;

/// The keys in force, and what proves that they are.
#[derive(Debug)]
pub(crate) struct HandOver {
    /// The process whose clocks the deadlines are of.
    pub(crate) process_id: u32,
    /// What is in the lock file for as long as these keys are in force.
    pub(crate) ticket: Ticket,
    /// The key file, absolute.
    pub(crate) path: PathBuf,
    /// Which file was written there, if it was still there when it was last looked at.
    pub(crate) key_file: Option<Identity>,
    pub(crate) keys: Arc<Keys>,
}

impl HandOver {
    /// Writes it down, version 1. Numbers are in the byte order of the machine, which the builds
    /// share; a length comes before each text.
    ///
    /// | part | bytes |
    /// | --- | --- |
    /// | process | 4 |
    /// | ticket | 8 |
    /// | path | 2, text |
    /// | key file | 1: whether there is one; device 8, inode 8 |
    /// | management key, inference key | each: end by the wall clock 8, end since boot 8, whether it was seen ended 1, key 1, text |
    /// | API key | 1, text |
    pub(crate) fn to_state(&self) -> State {
        State::new(VERSION, self.to_bytes())
    }

    /// Reads what a predecessor wrote down.
    ///
    /// # Errors
    /// Another version, or anything that [`to_state`](Self::to_state) does not write.
    pub(crate) fn from_state(state: &State) -> Result<Self, HandOverError> {
        if state.version() != VERSION {
            return Err(HandOverError::Version {
                found: state.version(),
            });
        }
        Self::from_bytes(state.bytes()).ok_or(HandOverError::Malformed)
    }

    /// Whether it is for this process and this key file.
    pub(crate) fn check(&self, process_id: u32, path: &Path) -> Result<(), HandOverError> {
        if self.process_id != process_id {
            return Err(HandOverError::Process {
                process_id: self.process_id,
            });
        }
        if self.path != path {
            return Err(HandOverError::Path {
                path: self.path.clone(),
            });
        }
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let path = self.path.as_os_str().as_bytes();
        // A buffer that grew would leave its former memory behind, keys and all.
        let mut bytes = Vec::with_capacity(BYTES_MAX_WITHOUT_PATH.saturating_add(path.len()));
        bytes.extend_from_slice(&self.process_id.to_ne_bytes());
        bytes.extend_from_slice(&self.ticket.bits().to_ne_bytes());
        // A path that is longer than the system allows was never opened.
        let length = u16::try_from(path.len()).unwrap_or_default();
        bytes.extend_from_slice(&length.to_ne_bytes());
        bytes.extend_from_slice(path);
        bytes.push(self.key_file.is_some().into());
        if let Some(Identity { device, inode }) = self.key_file {
            bytes.extend_from_slice(&device.to_ne_bytes());
            bytes.extend_from_slice(&inode.to_ne_bytes());
        }
        write_expiring(&self.keys.management, &mut bytes);
        write_expiring(&self.keys.inference, &mut bytes);
        write_key(&self.keys.api, &mut bytes);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let handed_over = Self {
            process_id: u32::from_ne_bytes(reader.array()?),
            ticket: Ticket::from_bits(u64::from_ne_bytes(reader.array()?)),
            path: {
                let length = u16::from_ne_bytes(reader.array()?);
                PathBuf::from(OsStr::from_bytes(reader.take(length.into())?))
            },
            key_file: if reader.flag()? {
                Some(Identity {
                    device: u64::from_ne_bytes(reader.array()?),
                    inode: u64::from_ne_bytes(reader.array()?),
                })
            } else {
                None
            },
            keys: Arc::new(Keys {
                management: Arc::new(reader.expiring_key()?),
                inference: Arc::new(reader.expiring_key()?),
                api: Arc::new(reader.key()?),
            }),
        };
        reader.is_at_end().then_some(handed_over)
    }
}

fn write_expiring(expiring: &ExpiringKey, bytes: &mut Vec<u8>) {
    let Deadline {
        wall_micros,
        boot_micros,
        has_expired,
    } = expiring.expiry.deadline();
    bytes.extend_from_slice(&wall_micros.to_ne_bytes());
    bytes.extend_from_slice(&boot_micros.to_ne_bytes());
    bytes.push(has_expired.into());
    write_key(&expiring.key, bytes);
}

fn write_key(key: &Key, bytes: &mut Vec<u8>) {
    let text = key.secret_text();
    bytes.push(u8::try_from(text.len()).unwrap_or_default());
    bytes.extend_from_slice(text);
}

/// Why a successor does not go on with the keys of its predecessor.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandOverError {
    /// Another build, with another form.
    #[error("their form has version {found}, and this build knows {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// Not what a token plugin writes.
    #[error("their form is not that of version {VERSION}")]
    Malformed,
    /// Its clocks and locks are not this process's.
    #[error("they are of process {process_id}")]
    Process {
        /// The number of the process.
        process_id: u32,
    },
    /// The settings name another key file by now.
    #[error("they are in key file {}", path.display())]
    Path {
        /// The key file of the predecessor.
        path: PathBuf,
    },
    /// Out of date, or not to be had.
    #[error(transparent)]
    Lock(#[from] LockError),
}

const VERSION: u32 = 1;

/// All but the path: process, ticket, its length, the key file, two keys of 86 characters with their
/// ends, and one without.
const BYTES_MAX_WITHOUT_PATH: usize = 4 + 8 + 2 + 17 + 2 * (17 + 1 + 86) + 1 + 86;
