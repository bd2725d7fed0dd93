//! gRPC's status codes, and a gRPC response that consists of an error only.

use http::{
    HeaderValue, Response, StatusCode, Version,
    header::{CONTENT_TYPE, HeaderMap},
};

use super::body::ResponseBody;

/// How a gRPC call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct GrpcStatus(u16);

impl GrpcStatus {
    pub(crate) const CANCELLED: Self = Self(1);
    pub(crate) const UNKNOWN: Self = Self(2);
    pub(crate) const DEADLINE_EXCEEDED: Self = Self(4);
    pub(crate) const PERMISSION_DENIED: Self = Self(7);
    pub(crate) const RESOURCE_EXHAUSTED: Self = Self(8);
    pub(crate) const ABORTED: Self = Self(10);
    pub(crate) const UNIMPLEMENTED: Self = Self(12);
    pub(crate) const INTERNAL: Self = Self(13);
    pub(crate) const UNAVAILABLE: Self = Self(14);
    pub(crate) const UNAUTHENTICATED: Self = Self(16);

    /// The status that corresponds to an HTTP status.
    ///
    /// Source: the gRPC project's "HTTP to gRPC Status Code Mapping" for 400, 401, 403, 404, 502
    /// and 503, and for every status that is not listed here (`UNKNOWN`, 500 included). The other
    /// rows are from `google.rpc.Code`, which names the HTTP status of each gRPC status, and from
    /// what gRPC's own implementations answer when a message or the metadata is too large
    /// (`RESOURCE_EXHAUSTED`). 429 and 504, which the mapping has as `UNAVAILABLE`, are among
    /// them: a client must be able to tell a limit and a deadline from a server that is away.
    pub(crate) const fn from_http(status: StatusCode) -> Self {
        match status.as_u16() {
            // What HTTP itself finds wrong with the request.
            400 | 411 | 415 | 417 => Self::INTERNAL,
            401 => Self::UNAUTHENTICATED,
            403 => Self::PERMISSION_DENIED,
            404 | 405 | 501 => Self::UNIMPLEMENTED,
            408 | 504 => Self::DEADLINE_EXCEEDED,
            409 => Self::ABORTED,
            413 | 414 | 429 | 431 => Self::RESOURCE_EXHAUSTED,
            // Another connection may be the right one.
            421 | 502 | 503 => Self::UNAVAILABLE,
            499 => Self::CANCELLED,
            _ => Self::UNKNOWN,
        }
    }

    /// A response without messages, whose headers carry what is otherwise sent in the trailers.
    pub(crate) fn trailers_only(self, message: &str) -> Response<ResponseBody> {
        let mut response = Response::new(ResponseBody::default());
        let headers = response.headers_mut();
        *headers = self.trailers(message);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        response
    }

    /// The trailers at the end of a response.
    pub(crate) fn trailers(self, message: &str) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from(self.0));
        if let Ok(message) = HeaderValue::from_str(&escape(message)) {
            trailers.insert("grpc-message", message);
        }
        trailers
    }
}

/// Whether a request is a gRPC call: over HTTP/2, with the media type `application/grpc`, with or
/// without a suffix.
pub(crate) fn is_grpc(version: Version, headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .filter(|_| version == Version::HTTP_2);
    let rest = media_type.and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Percent-encodes what gRPC does not allow in a message: everything but visible ASCII, and the
/// percent sign.
fn escape(message: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(message, ESCAPED).to_string()
}

#[cfg(test)]
mod tests;
