//! Headers that apply to one connection and not to the message.

use http::{
    HeaderMap, HeaderName,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE},
};

/// Whether a header frames the message or controls the connection. Only the HTTP layer may set
/// these: one from elsewhere would corrupt the connection for the next request.
pub(crate) fn is_connection_header(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE].contains(name)
}

/// The members of a header whose value is a list without quoted text, such as `Connection`, over
/// all of its lines and without the white space around them. An empty member is not left out.
pub(crate) fn members(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(name).into_iter();
    lines.flat_map(|line| members_of(line.as_bytes()))
}

/// The members of one line.
pub(crate) fn members_of(line: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests;
