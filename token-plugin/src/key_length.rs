//! How many random bytes a key has.

use std::{num::ParseIntError, ops::RangeInclusive, str::FromStr};

#[cfg(test)]
mod tests;

/// The number of random bytes in a key: from 6, TorchServe's, to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyLength {
    bytes: usize,
}

impl KeyLength {
    /// The shortest key, which is as long as TorchServe's: 48 bits, 8 characters.
    pub(crate) const MIN_BYTES: usize = 6;
    /// The longest key.
    pub(crate) const MAX_BYTES: usize = 64;
    /// How long the text of a key can be.
    pub(crate) const CHARACTERS: RangeInclusive<usize> = Self {
        bytes: Self::MIN_BYTES,
    }
    .characters()..=Self {
        bytes: Self::MAX_BYTES,
    }
    .characters();

    /// Takes a number of bytes.
    ///
    /// # Errors
    /// [`InvalidKeyLength::Range`] outside [`KeyLength::MIN_BYTES`] to [`KeyLength::MAX_BYTES`].
    pub(crate) fn from_bytes(bytes: usize) -> Result<Self, InvalidKeyLength> {
        if (Self::MIN_BYTES..=Self::MAX_BYTES).contains(&bytes) {
            Ok(Self { bytes })
        } else {
            Err(InvalidKeyLength::Range { bytes })
        }
    }

    /// The number of random bytes.
    #[must_use]
    pub(crate) const fn bytes(self) -> usize {
        self.bytes
    }

    /// The number of characters of the key's text, at least 8.
    #[must_use]
    pub(crate) const fn characters(self) -> usize {
        self.bytes.saturating_mul(4).div_ceil(3)
    }

    /// Whether the key has less than the 128 bits that RFC 6749, section 10.10, asks for.
    #[must_use]
    pub(crate) const fn is_short(self) -> bool {
        self.bytes < 16
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

/// A text or number that is no key length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidKeyLength {
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
