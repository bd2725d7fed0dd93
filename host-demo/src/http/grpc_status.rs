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
    pub(crate) const UNKNOWN: Self = Self(2);
    pub(crate) const PERMISSION_DENIED: Self = Self(7);
    pub(crate) const RESOURCE_EXHAUSTED: Self = Self(8);
    pub(crate) const UNIMPLEMENTED: Self = Self(12);
    pub(crate) const INTERNAL: Self = Self(13);
    pub(crate) const UNAVAILABLE: Self = Self(14);
    pub(crate) const UNAUTHENTICATED: Self = Self(16);

    /// The status that corresponds to an HTTP status.
    ///
    /// Source: the gRPC project's "HTTP to gRPC Status Code Mapping", with 405 and 413 added.
    pub(crate) const fn from_http(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::INTERNAL,
            404 | 405 => Self::UNIMPLEMENTED,
            413 => Self::RESOURCE_EXHAUSTED,
            503 => Self::UNAVAILABLE,
            _ => Self::UNKNOWN,
        }
    }

    /// A response without messages, whose headers carry what is otherwise sent in the trailers.
    pub(crate) fn trailers_only(self, message: &str) -> Response<ResponseBody> {
        let mut response = Response::new(ResponseBody::default());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", HeaderValue::from(self.0));
        if let Ok(message) = HeaderValue::from_str(&escape(message)) {
            headers.insert("grpc-message", message);
        }
        response
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
