//! Headers that speak of one connection and not of the message.

use http::{
    HeaderName,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE},
};

/// Whether a header frames the message or says what becomes of the connection. The HTTP layer alone
/// sets these: one that came from elsewhere would break the connection for the next request.
pub(crate) fn is_connection_header(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE].contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_and_connection_are_told_from_the_message() {
        for (name, expected) in [
            ("connection", true),
            ("Content-Length", true),
            ("transfer-encoding", true),
            ("upgrade", true),
            ("content-type", false),
            ("content-encoding", false),
        ] {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            assert_eq!(is_connection_header(&name), expected, "{name}");
        }
    }
}
