//! What a request needs for the version of HTTP that its upstream speaks.

use http::{
    HeaderValue, Method, Request, Uri, Version, header,
    uri::{Authority, PathAndQuery},
};
use hyper::body::Body;

use super::endpoint::Endpoint;

/// Makes a request that HTTP/1.1 transports whole.
pub(super) fn prepare_http1<B: Body>(request: &mut Request<B>) {
    *request.version_mut() = Version::HTTP_11;
    let has_length = request.headers().contains_key(header::CONTENT_LENGTH);
    let is_of_unknown_length =
        !request.body().is_end_stream() && request.body().size_hint().exact().is_none();
    // Without this the HTTP library takes a body of these methods for none.
    if is_of_unknown_length && !has_length && without_body(request.method()) {
        let chunked = HeaderValue::from_static("chunked");
        request
            .headers_mut()
            .insert(header::TRANSFER_ENCODING, chunked);
    }
}

fn without_body(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::CONNECT)
}

/// Makes a request that HTTP/2 transports: with a scheme, and with an authority in
/// place of `Host`: that of `Host`, of the target, or of the endpoint.
pub(super) fn prepare_http2<B>(request: &mut Request<B>, endpoint: &Endpoint) {
    *request.version_mut() = Version::HTTP_2;
    let host = request.headers_mut().remove(header::HOST);
    let authority = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(endpoint.scheme());
    parts.authority = authority
        .or(parts.authority)
        .or_else(|| Some(endpoint.authority()));
    parts
        .path_and_query
        .get_or_insert_with(|| PathAndQuery::from_static("/"));
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

#[cfg(test)]
mod tests;
