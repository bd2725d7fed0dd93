//! Headers that apply to one connection and not to the message.

use http::{
    HeaderName,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE},
};

/// Whether a header frames the message or controls the connection. Only the HTTP layer may set
/// these: one from elsewhere would corrupt the connection for the next request.
pub(crate) fn is_connection_header(name: &HeaderName) -> bool {
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE].contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_framing_and_connection_are_recognized() {
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
