use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use token_core::{Claim, Reader};

use crate::{lock::Ticket, owned_file::Identity};

#[cfg(test)]
mod tests;

/// The data that a new build needs to continue with the key file.
///
/// | part | bytes |
/// | --- | --- |
/// | ticket | 8 |
/// | path | length 2, text |
/// | key file | 1: whether there is one; device 8, inode 8 |
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyFileClaim {
    /// The content of the lock file as long as the keys that are handed over are in force.
    pub(super) ticket: Ticket,
    /// The key file, absolute.
    pub(super) path: PathBuf,
    /// Which file was written there, if it was still there when it was last examined.
    pub(super) key_file: Option<Identity>,
}

impl Claim for KeyFileClaim {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.ticket.bits().to_ne_bytes());
        let path = self.path.as_os_str().as_bytes();
        // A path that is longer than the system allows was never opened.
        let length = u16::try_from(path.len()).unwrap_or_default();
        bytes.extend_from_slice(&length.to_ne_bytes());
        bytes.extend_from_slice(path);
        bytes.push(self.key_file.is_some().into());
        if let Some(Identity { device, inode }) = self.key_file {
            bytes.extend_from_slice(&device.to_ne_bytes());
            bytes.extend_from_slice(&inode.to_ne_bytes());
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
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
        })
    }
}
