//! What must not pass from one connection to the next when a message is forwarded.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE},
};

use super::connection_headers::{members, members_of};

/// The headers of RFC 9110 section 7.6.1 that apply to one connection even where `Connection` does
/// not name them. `Trailer` is none of them: it describes the message, and HTTP/1.1 sends only the
/// trailers that it announces.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
];

const TRAILERS: &[u8] = b"trailers";

/// Removes what applies to one connection, and what `Connection` names, from the head of a request
/// or a response. `TE: trailers` stays, without its other members: it says what the recipient of
/// the message can receive.
///
/// Whoever wants an upgrade to pass has to look for it before, and to set its headers again.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let takes_trailers = members(headers, TE).any(|one| one.eq_ignore_ascii_case(TRAILERS));
    // Most requests name nothing: then the list is empty, which allocates nothing.
    let lines = headers.get_all(CONNECTION).into_iter();
    let naming: Vec<HeaderValue> = lines.filter(|line| names_headers(line)).cloned().collect();
    for name in naming.iter().flat_map(|line| members_of(line.as_bytes())) {
        if let Ok(name) = str::from_utf8(name) {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(TE);
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Whether a line of `Connection` names more than what is removed in any case.
fn names_headers(line: &HeaderValue) -> bool {
    let known: [&[u8]; 4] = [b"close", b"keep-alive", b"upgrade", b"te"];
    members_of(line.as_bytes())
        .any(|one| !known.iter().any(|known| one.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests;
