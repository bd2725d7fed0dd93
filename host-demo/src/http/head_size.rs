//! How large the head of a request may be.

use http::{StatusCode, request::Parts};

use super::rejection::Rejection;
use crate::telemetry::metrics::Limit;

/// The spaces, the version and the end of the line in `METHOD TARGET HTTP/1.1`.
const LINE_BYTES: usize = 12;
/// `: ` and the end of the line.
const HEADER_LINE_BYTES: usize = 4;

/// Refuses a head that is larger than `bytes_max` as HTTP/1.1 would write it, whichever version it
/// came with.
pub(crate) fn check_head_size(parts: &Parts, bytes_max: usize) -> Result<(), Rejection> {
    if bytes(parts) <= bytes_max {
        return Ok(());
    }
    let rejection = Rejection::new(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        "RequestHeaderFieldsTooLargeException",
        format!("The request head is larger than max_header_size, {bytes_max} bytes."),
    );
    Err(rejection.for_limit(Limit::HeaderSize))
}

fn bytes(parts: &Parts) -> usize {
    let (uri, method) = (&parts.uri, parts.method.as_str());
    let authority = uri
        .authority()
        .map_or(0, |authority| authority.as_str().len());
    let target = uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| name.as_str().len() + value.len() + HEADER_LINE_BYTES);
    method.len() + authority + target + LINE_BYTES + headers.sum::<usize>()
}

#[cfg(test)]
mod tests;
