//! `Authorization: Bearer KEY`, as RFC 6750 section 2.1 and RFC 9110 section 11.4 write it.

use crate::Verdict;

/// The longest value of an `Authorization` header that [`Request::bearer_token`] looks at, in bytes.
///
/// [`Request::bearer_token`]: crate::Request::bearer_token
///
/// # Since
/// 1.0; it was 1024 before 1.1.
pub const AUTHORIZATION_BYTES_MAX: usize = 8192;

/// Why a request carries no usable bearer token.
///
/// # Since
/// 1.0
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BearerError {
    /// There is no `Authorization` header.
    Missing,
    /// The header is not `Bearer`, spaces, and one key of visible ASCII without a space.
    Malformed,
    /// The header is longer than [`AUTHORIZATION_BYTES_MAX`]. Since 1.1.
    TooLong,
    /// There are several `Authorization` headers.
    Repeated,
}

impl From<BearerError> for Verdict {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Missing => Self::DENY_MISSING,
            BearerError::Malformed | BearerError::TooLong | BearerError::Repeated => {
                Self::DENY_INVALID
            }
        }
    }
}

/// The key within a header value. The scheme has no case (RFC 9110 section 11.1); one space or more
/// may follow it, a tab may not.
pub(crate) fn parse(value: &[u8]) -> Result<&[u8], BearerError> {
    if value.len() > AUTHORIZATION_BYTES_MAX {
        return Err(BearerError::TooLong);
    }
    key_of(value).ok_or(BearerError::Malformed)
}

fn key_of(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_first_chunk()?;
    if !is_bearer_and_space(*scheme) {
        return None;
    }
    let start = rest.iter().position(|&byte| byte != b' ')?;
    let key = rest.get(start..)?;
    is_visible_ascii(key).then_some(key)
}

/// Compared as one word, not letter by letter, because it runs for every request.
const fn is_bearer_and_space([b0, b1, b2, b3, b4, b5, space]: [u8; 7]) -> bool {
    // The one bit that tells the cases of a letter apart.
    const CASE: u64 = u64::from_le_bytes([0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0, 0]);
    let scheme = u64::from_le_bytes([b0, b1, b2, b3, b4, b5, space, 0]);
    scheme | CASE == u64::from_le_bytes(*b"bearer \0")
}

/// Eight letters at a time, because it runs for every request; the last eight overlap if the length is
/// not a multiple of eight.
fn is_visible_ascii(key: &[u8]) -> bool {
    let Some(end) = key.last_chunk() else {
        return key.iter().all(u8::is_ascii_graphic);
    };
    let words = key.chunks_exact(8).filter_map(<[u8]>::first_chunk);
    words.fold(odd_bits(end), |odd, word| odd | odd_bits(word)) == 0
}

/// The high bit of each byte that is no visible ASCII, and perhaps of bytes next to such a one.
///
/// A byte from 0x80 on shows its own high bit, one below 0x21 that of the difference, 0x7f that of
/// the sum; a borrow or a carry begins only at a byte that is odd itself.
const fn odd_bits(word: &[u8; 8]) -> u64 {
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = u64::from_ne_bytes(*word);
    let below = word.wrapping_sub(u64::from_ne_bytes([b'!'; 8]));
    let above = word.wrapping_add(u64::from_ne_bytes([1; 8]));
    (word | below | above) & HIGH
}

#[cfg(test)]
mod tests;
