use std::fmt;

use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use zeroize::Zeroizing;

/// The shortest key that is taken, in bytes.
const KEY_BYTES_MIN: usize = 16;
/// The longest key that is taken, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 512;

/// A key of the secret: wiped from memory when it is no longer used, and never shown.
pub(crate) struct Key(Zeroizing<Box<[u8]>>);

impl Key {
    /// Takes the content of a key file: a key of RFC 6750, section 2.1, and at most one line end after it.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, KeyError> {
        let key = content.strip_suffix(b"\n").unwrap_or(content);
        let key = key.strip_suffix(b"\r").unwrap_or(key);
        if key.len() < KEY_BYTES_MIN {
            return Err(KeyError::TooShort);
        }
        if key.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLong);
        }
        let end = key
            .iter()
            .rposition(|&byte| byte != b'=')
            .map_or(0, |last| last + 1);
        let (characters, _padding) = key.split_at(end);
        if characters.is_empty() || !characters.iter().copied().all(is_token_character) {
            return Err(KeyError::Character);
        }
        Ok(Self(Zeroizing::new(key.into())))
    }

    /// Compares in a time that depends on the lengths alone.
    pub(crate) fn matches(&self, presented: &[u8]) -> Choice {
        self.0.ct_eq(presented)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0).into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// Why the content of a key file is no key. Says nothing of the content.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum KeyError {
    #[error("the key is too short: expected at least {KEY_BYTES_MIN} characters")]
    TooShort,
    #[error("the key is too long: expected at most {KEY_BYTES_MAX} characters")]
    TooLong,
    #[error(
        "the key has a character that no bearer token has: expected letters, digits and -._~+/ with = at the end \
         only, and nothing else in the file"
    )]
    Character,
}

const fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

#[cfg(test)]
mod tests;
