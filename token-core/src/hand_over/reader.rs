use crate::{
    expiry::{Deadline, Expiry},
    key::Key,
    keys::ExpiringKey,
};

/// The bytes of a hand-over that have not been read yet; they are not trusted.
///
/// Each function returns `None` if its value is missing or malformed.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of all these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether all bytes are read.
    #[must_use]
    pub const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next bytes, for a number.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Option<bool> {
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
