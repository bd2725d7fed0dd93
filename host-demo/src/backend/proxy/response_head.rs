//! The head of a forwarded response.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_LOCATION, LOCATION},
};

use super::{origin::UpstreamOrigin, request_head::REQUEST_ID};
use crate::http::forwarding_headers::remove_hop_by_hop;

/// Changes the headers of an upstream's response to those that the client gets.
pub(super) fn rewrite(headers: &mut HeaderMap, origin: &UpstreamOrigin, request_id: &HeaderValue) {
    remove_hop_by_hop(headers);
    for name in [LOCATION, CONTENT_LOCATION] {
        rewrite_location(headers, name, origin);
    }
    headers.insert(REQUEST_ID, request_id.clone());
}

/// A location on the upstream's own origin becomes one without an origin: the client reaches it
/// through this server.
fn rewrite_location(headers: &mut HeaderMap, name: HeaderName, origin: &UpstreamOrigin) {
    let Some(location) = headers.get(&name).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let Some(path) = path_on(origin, location) else {
        return;
    };
    if let Ok(path) = HeaderValue::from_str(path) {
        headers.insert(name, path);
    }
}

/// The path, query and fragment of a location on the origin of the upstream.
fn path_on<'l>(origin: &UpstreamOrigin, location: &'l str) -> Option<&'l str> {
    let (scheme, rest) = location.split_once("://")?;
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, "/"),
    };
    let is_origin = scheme.eq_ignore_ascii_case(origin.scheme.as_str())
        && authority.eq_ignore_ascii_case(origin.authority.as_str());
    // Two slashes at the start would name another authority.
    (is_origin && path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

#[cfg(test)]
mod tests;
