//! How many random bytes a key has.

use std::{num::ParseIntError, ops::RangeInclusive, str::FromStr};

#[cfg(test)]
mod tests;

/// The number of random bytes in a key: from 6, as in TorchServe, to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyLength {
    bytes: usize,
}

impl KeyLength {
    /// The shortest key, as long as TorchServe's: 48 bits, 8 characters.
    pub const MIN_BYTES: usize = 6;
    /// The longest key.
    pub const MAX_BYTES: usize = 64;
    /// The shortest key that is not [short](Self::is_short).
    pub(crate) const LONG: Self = Self { bytes: 16 };
    /// The possible lengths of a key's text, in characters.
    pub const CHARACTERS: RangeInclusive<usize> = Self {
        bytes: Self::MIN_BYTES,
    }
    .characters()..=Self {
        bytes: Self::MAX_BYTES,
    }
    .characters();

    /// Accepts a number of bytes.
    ///
    /// # Errors
    /// [`InvalidKeyLength::Range`] outside [`KeyLength::MIN_BYTES`] to [`KeyLength::MAX_BYTES`].
    pub fn from_bytes(bytes: usize) -> Result<Self, InvalidKeyLength> {
        if (Self::MIN_BYTES..=Self::MAX_BYTES).contains(&bytes) {
            Ok(Self { bytes })
        } else {
            Err(InvalidKeyLength::Range { bytes })
        }
    }

    /// The number of random bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    /// The number of characters of the key's text, at least 8.
    #[must_use]
    pub const fn characters(self) -> usize {
        self.bytes.saturating_mul(4).div_ceil(3)
    }

    /// Whether the key has less than the 128 bits that RFC 6749, section 10.10, requires.
    #[must_use]
    pub const fn is_short(self) -> bool {
        self.bytes < Self::LONG.bytes
    }
}

impl Default for KeyLength {
    /// 256 bits, 43 characters.
    fn default() -> Self {
        Self { bytes: 32 }
    }
}

impl FromStr for KeyLength {
    type Err = InvalidKeyLength;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(text.trim().parse()?)
    }
}

/// A text or number that is not a key length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyLength {
    /// Not a whole number.
    #[error("not a whole number")]
    Number(#[from] ParseIntError),
    /// Too small or too large.
    #[error(
        "{bytes} bytes are not within {} to {}",
        KeyLength::MIN_BYTES,
        KeyLength::MAX_BYTES
    )]
    Range {
        /// The number of bytes.
        bytes: usize,
    },
}
