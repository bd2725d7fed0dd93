//! `Authorization: Bearer KEY`, as RFC 6750 section 2.1 and RFC 9110 section 11.4 write it.

/// The longest header value that is looked at, in bytes.
const VALUE_BYTES_MAX: usize = 1024;

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
    /// There are several `Authorization` headers: which one counts would be a guess.
    Repeated,
}

/// The key within a header value. The scheme has no case (RFC 9110 section 11.1); one space or more
/// may follow it, a tab may not.
pub(crate) fn parse(value: &[u8]) -> Option<&[u8]> {
    if value.len() > VALUE_BYTES_MAX {
        return None;
    }
    let (scheme, rest) = value.split_at_checked("Bearer".len())?;
    if !scheme.eq_ignore_ascii_case(b"Bearer") || rest.first() != Some(&b' ') {
        return None;
    }
    let start = rest.iter().position(|&byte| byte != b' ')?;
    let key = rest.get(start..)?;
    key.iter().all(u8::is_ascii_graphic).then_some(key)
}

#[cfg(test)]
mod tests;
