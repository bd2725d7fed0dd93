use thiserror::Error;
use token_core::Key;

/// The shortest accepted key, in bytes.
const KEY_BYTES_MIN: usize = 16;
/// The longest accepted key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 512;

/// Reads the content of a key file: a key of RFC 6750, section 2.1, and at most one line end after it.
pub(crate) fn parse(content: &[u8]) -> Result<Key, KeyError> {
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
    Ok(Key::from_secret_text(key))
}

/// Why the content of a key file is not a key. Never contains the content.
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
