//! Which responses of an upstream are passed on.

use http::{HeaderMap, Response, StatusCode, Version, header};

use super::error::InvalidResponse;

/// Checks what the HTTP library lets through.
///
/// # Errors
/// The response's end can be read in two ways, or it changes the protocol although `upgrade_asked`
/// is false.
pub(super) fn check<B>(response: &Response<B>, upgrade_asked: bool) -> Result<(), InvalidResponse> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS && !upgrade_asked {
        return Err(InvalidResponse::UnaskedUpgrade);
    }
    let headers = response.headers();
    let content_lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
    let mut encodings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (content_lengths, encodings.next(), encodings.next()) {
        (0 | 1, None, _) => Ok(()),
        (0, Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (0, Some(_), _) => Err(InvalidResponse::TransferEncoding),
        (_, Some(_), _) => Err(InvalidResponse::TwoLengths),
        (_, None, _) => Err(InvalidResponse::SeveralContentLengths),
    }
}

/// Whether a request asks to change the protocol.
pub(super) fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    let connection = headers.get_all(header::CONNECTION).iter();
    let mut options = connection
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    headers.contains_key(header::UPGRADE)
        && options.any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
}

/// Whether a further request can follow on an HTTP/1 connection. One to a server of HTTP/1.0 could
/// not have a body of unknown length.
pub(super) fn allows_reuse<B>(response: &Response<B>) -> bool {
    response.version() == Version::HTTP_11 && response.status() != StatusCode::SWITCHING_PROTOCOLS
}
