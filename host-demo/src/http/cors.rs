//! Cross-origin resource sharing: web pages of another origin may read the responses.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    },
    request::Parts,
};

use super::body::ResponseBody;

/// The headers of every response; empty if nothing is configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cors {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether another origin is allowed at all.
    allows_an_origin: bool,
}

impl Cors {
    /// The values of the three headers; one that is none is not sent.
    pub(crate) fn new(
        origin: Option<HeaderValue>,
        methods: Option<HeaderValue>,
        headers: Option<HeaderValue>,
    ) -> Self {
        let allows_an_origin = origin.is_some();
        let headers = [
            (ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            (ACCESS_CONTROL_ALLOW_METHODS, methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, headers),
        ];
        Self {
            headers: headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            allows_an_origin,
        }
    }

    /// Adds the headers that the response does not have yet.
    pub(crate) fn apply(&self, response: &mut HeaderMap) {
        for (name, value) in &self.headers {
            response.entry(name).or_insert_with(|| value.clone());
        }
    }

    /// The response to a preflight request (Fetch standard, "CORS-preflight request"), which never
    /// carries a key; none to another request, or if no origin is allowed. It is the same for every
    /// path, so that it says nothing about what exists.
    pub(crate) fn preflight(&self, request: &Parts) -> Option<Response<ResponseBody>> {
        let is_preflight = request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        (self.allows_an_origin && is_preflight).then(|| {
            let mut response = Response::new(ResponseBody::default());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        })
    }
}

#[cfg(test)]
mod tests;
