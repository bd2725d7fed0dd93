//! Header fields of a request that its recipient could take for others.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING},
};

/// Headers that frame the request, or say who sent it.
const OF_THE_HOST: [HeaderName; 7] = [
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    HOST,
    TRANSFER_ENCODING,
    HeaderName::from_static("x-token-principal"),
    HeaderName::from_static("x-real-ip"),
];
/// The beginning of the names of others.
const X_FORWARDED: &str = "x-forwarded-";

/// Removes headers whose names have `_` where those of the host have `-`: servers after the manner
/// of CGI, such as those of WSGI, do not tell one from the other.
pub(super) fn remove_equivalents(headers: &mut HeaderMap) {
    let is_equivalent = |name: &&HeaderName| {
        // Most names have none: then nothing is allocated.
        name.as_str().contains('_') && is_of_the_host(&name.as_str().replace('_', "-"))
    };
    let found: Vec<HeaderName> = headers.keys().filter(is_equivalent).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

fn is_of_the_host(name: &str) -> bool {
    OF_THE_HOST.iter().any(|known| known == name) || name.starts_with(X_FORWARDED)
}

/// Joins the parts into which HTTP/2 may split `Cookie`, as RFC 9113 section 8.2.3 requires before
/// it is sent over HTTP/1.1: a server reads one line of it.
pub(super) fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(COOKIE).into_iter().nth(1).is_none() {
        return;
    }
    let parts: Vec<&[u8]> = headers
        .get_all(COOKIE)
        .into_iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if let Ok(mut cookie) = HeaderValue::from_bytes(&parts.join(&b"; "[..])) {
        cookie.set_sensitive(true);
        headers.insert(COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests;
