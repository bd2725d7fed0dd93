//! What is wrong with the head of a request, before anything is decided about it.
//!
//! hyper and h2 refuse malformed HTTP by themselves: several lengths, `Transfer-Encoding` that does
//! not end in `chunked` or comes with HTTP/1.0, and headers of a connection over HTTP/2. Here is
//! what they let pass and other servers may read in another way.

use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING},
    request::Parts,
    uri::Scheme,
};

use super::{
    connection_headers::members,
    rejection::{Rejection, sentence},
    request_host::RequestHost,
};

/// The head of a request that can be read in one way only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedHead<'a> {
    /// For which host the request came; only a request of HTTP/1.0 may leave it out.
    pub(crate) host: Option<RequestHost<'a>>,
}

/// Why a head was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HeadError {
    /// This server is no tunnel.
    #[error("CONNECT is not served")]
    Connect,
    /// An absolute target, or HTTP/2's `:scheme`, of another protocol.
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// HTTP/1.1 requires `Host`; HTTP/2 `:authority` or `host`.
    #[error("the request names no host")]
    HostMissing,
    /// Which one counts is open.
    #[error("the request has more than one Host header")]
    HostRepeated,
    /// Not a host with or without a port.
    #[error("the host is not a name or an IP address with or without a port")]
    HostMalformed,
    /// `Host` and the authority of the target name different hosts.
    #[error("Host and the authority of the request differ")]
    HostsDiffer,
    /// Where the body ends is open.
    #[error("Transfer-Encoding is not exactly one chunked")]
    TransferEncoding,
    /// Where the body ends is open.
    #[error("Content-Length and Transfer-Encoding exclude each other")]
    TwoLengths,
    /// A header that the decision relies on would apply to one connection only.
    #[error("Connection names a header that does not belong to the connection")]
    Connection,
    /// HTTP 417.
    #[error("Expect is not 100-continue")]
    Expect,
}

/// Headers that describe the request and never the connection: a proxy that follows `Connection`
/// removes what it names, so that the next server decides on another request.
const END_TO_END: [&str; 14] = [
    "authorization",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "traceparent",
    "x-api-key",
    "x-real-ip",
    "x-request-id",
    "x-token-principal",
];
const END_TO_END_PREFIX: &[u8] = b"x-forwarded-";

impl<'a> CheckedHead<'a> {
    /// Checks the head of a request.
    ///
    /// # Errors
    /// The response to the request. Over HTTP/1 it closes the connection: what follows the head may
    /// be a body or another request.
    pub(crate) fn new(parts: &'a Parts) -> Result<Self, Rejection> {
        Self::check(parts).map_err(|error| {
            let rejection = Rejection::from(error);
            if parts.version == Version::HTTP_2 {
                return rejection;
            }
            rejection.with_header(CONNECTION, HeaderValue::from_static("close"))
        })
    }

    fn check(parts: &'a Parts) -> Result<Self, HeadError> {
        if parts.method == Method::CONNECT {
            return Err(HeadError::Connect);
        }
        check_lengths(&parts.headers)?;
        check_connection(&parts.headers)?;
        check_expect(&parts.headers)?;
        let host = host(parts)?;
        Ok(Self { host })
    }
}

impl From<HeadError> for Rejection {
    fn from(error: HeadError) -> Self {
        match error {
            HeadError::Expect => Self::new(
                StatusCode::EXPECTATION_FAILED,
                "ExpectationFailedException",
                sentence(&error),
            ),
            _ => Self::bad_request(sentence(&error)),
        }
    }
}

fn check_lengths(headers: &HeaderMap) -> Result<(), HeadError> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).into_iter();
    let Some(encoding) = encodings.next() else {
        return Ok(());
    };
    let is_chunked = encoding.as_bytes().eq_ignore_ascii_case(b"chunked");
    if !is_chunked || encodings.next().is_some() {
        return Err(HeadError::TransferEncoding);
    }
    // hyper removes the length and closes the connection after the response.
    if headers.contains_key(CONTENT_LENGTH) {
        return Err(HeadError::TwoLengths);
    }
    Ok(())
}

fn check_connection(headers: &HeaderMap) -> Result<(), HeadError> {
    if members(headers, CONNECTION).any(is_end_to_end) {
        return Err(HeadError::Connection);
    }
    Ok(())
}

fn is_end_to_end(name: &[u8]) -> bool {
    let mut names = END_TO_END.iter();
    names.any(|one| name.eq_ignore_ascii_case(one.as_bytes()))
        || name
            .get(..END_TO_END_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(END_TO_END_PREFIX))
}

fn check_expect(headers: &HeaderMap) -> Result<(), HeadError> {
    let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if headers.get_all(EXPECT).into_iter().all(is_known) {
        Ok(())
    } else {
        Err(HeadError::Expect)
    }
}

/// The host of `Host` and of the target, which has one in the absolute form and over HTTP/2.
fn host(parts: &Parts) -> Result<Option<RequestHost<'_>>, HeadError> {
    let parse = |text| RequestHost::parse(text).ok_or(HeadError::HostMalformed);
    let mut headers = parts.headers.get_all(HOST).into_iter();
    let header = headers.next().map(|value| parse(value.as_bytes()));
    let header = header.transpose()?;
    if headers.next().is_some() {
        return Err(HeadError::HostRepeated);
    }
    let target = parts.uri.authority();
    let target = target.map(|authority| parse(authority.as_str().as_bytes()));
    let target = target.transpose()?;
    let default_port = default_port(parts.uri.scheme())?;
    match (target, header, parts.version) {
        (Some(target), Some(header), _) if !target.is_same(header, default_port) => {
            Err(HeadError::HostsDiffer)
        }
        (None, None, Version::HTTP_2) | (_, None, Version::HTTP_11) => Err(HeadError::HostMissing),
        _ => Ok(target.or(header)),
    }
}

/// A target without a scheme has no authority to compare.
fn default_port(scheme: Option<&Scheme>) -> Result<u16, HeadError> {
    match scheme.map(Scheme::as_str) {
        None | Some("http") => Ok(80),
        Some("https") => Ok(443),
        Some(_) => Err(HeadError::Scheme),
    }
}

#[cfg(test)]
mod tests;
