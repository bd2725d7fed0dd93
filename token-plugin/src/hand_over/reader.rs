//! Reads the parts of what was handed over; nothing of it is trusted.

use token_core::{Deadline, ExpiringKey, Expiry, Key};

/// What is not read yet. Each part is nothing if it is not there or not what is expected.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    pub(super) fn key(&mut self) -> Option<Key> {
        let [length] = self.array()?;
        Key::from_text(self.take(length.into())?)
    }

    pub(super) fn expiring_key(&mut self) -> Option<ExpiringKey> {
        let deadline = Deadline {
            wall_micros: i64::from_ne_bytes(self.array()?),
            boot_micros: i64::from_ne_bytes(self.array()?),
            has_expired: self.flag()?,
        };
        Some(ExpiringKey {
            expiry: Expiry::at(deadline).ok()?,
            key: self.key()?,
        })
    }
}
