//! The state that a keyring hands over to a new build of its plugin while the server runs: as a
//! value, and as bytes, because the two builds may differ.

use std::sync::Arc;

pub use self::reader::Reader;
use crate::{
    expiry::Deadline,
    key::Key,
    keys::{ExpiringKey, Keys},
    store::Claim,
};

#[cfg(fuzzing)]
pub mod fuzzing;
mod reader;
#[cfg(test)]
mod tests;

/// The version of the format that [`Keyring::hand_over`](crate::Keyring::hand_over) returns.
pub const HAND_OVER_VERSION: u32 = 1;

/// The keys in force, and the claim to their store.
#[derive(Debug)]
pub(crate) struct HandOver<C> {
    /// The process whose clocks the deadlines refer to.
    pub(crate) process_id: u32,
    pub(crate) claim: C,
    pub(crate) keys: Keys,
}

impl<C: Claim> HandOver<C> {
    /// Encodes it as version 1. Numbers are in the byte order of the machine, which the builds
    /// share; a length precedes each text.
    ///
    /// | part | bytes |
    /// | --- | --- |
    /// | process | 4 |
    /// | claim | as its store encodes it |
    /// | management key, inference key | each: expiration by the wall clock 8, since boot 8, whether it was found expired 1, key 1, text |
    /// | API key | 1, text |
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.process_id.to_ne_bytes().to_vec();
        self.claim.write(&mut bytes);
        write_keys(&self.keys, &mut bytes);
        bytes
    }

    /// Decodes what a predecessor encoded.
    ///
    /// # Errors
    /// Another version, or anything that [`to_bytes`](Self::to_bytes) does not return.
    pub(crate) fn from_bytes<E>(version: u32, bytes: &[u8]) -> Result<Self, HandOverError<E>> {
        if version != HAND_OVER_VERSION {
            return Err(HandOverError::Version { found: version });
        }
        let mut reader = Reader::new(bytes);
        Self::read(&mut reader)
            .filter(|_| reader.is_at_end())
            .ok_or(HandOverError::Malformed)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            process_id: u32::from_ne_bytes(reader.array()?),
            claim: C::read(reader)?,
            keys: read_keys(reader)?,
        })
    }
}

pub(crate) fn write_keys(keys: &Keys, bytes: &mut Vec<u8>) {
    // A buffer that grows would leave its old memory, and the keys in it, behind.
    bytes.reserve_exact(KEYS_BYTES_MAX);
    write_expiring(&keys.management, bytes);
    write_expiring(&keys.inference, bytes);
    write_key(&keys.api, bytes);
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

pub(crate) fn read_keys(reader: &mut Reader<'_>) -> Option<Keys> {
    Some(Keys {
        management: Arc::new(reader.expiring_key()?),
        inference: Arc::new(reader.expiring_key()?),
        api: Arc::new(reader.key()?),
    })
}

/// Why a keyring does not continue with the keys of its predecessor; `E` is the store's error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandOverError<E> {
    /// Another build, with another format.
    #[error("their format has version {found}: expected {HAND_OVER_VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// Not the format of a keyring.
    #[error("their format is not that of version {HAND_OVER_VERSION}")]
    Malformed,
    /// Clocks and locks of another process.
    #[error("they are of process {process_id}")]
    Process {
        /// The number of the process.
        process_id: u32,
    },
    /// The store does not accept the claim.
    #[error(transparent)]
    Store(#[from] E),
}

/// Two keys of 86 characters with their expiration, and one without.
const KEYS_BYTES_MAX: usize = 2 * (17 + 1 + 86) + 1 + 86;
