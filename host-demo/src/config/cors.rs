//! The headers that let web pages of another origin read responses (CORS).

use http::{HeaderName, HeaderValue, Method, Uri};

use super::parse::Invalid;

/// The values of TorchServe's `cors_allowed_*`; none of them is sent unless it is set.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CorsSettings {
    /// `Access-Control-Allow-Origin`: one origin, or `*`.
    pub allowed_origin: Option<HeaderValue>,
    /// `Access-Control-Allow-Methods`: names of methods, separated by commas.
    pub allowed_methods: Option<HeaderValue>,
    /// `Access-Control-Allow-Headers`: names of headers, separated by commas.
    pub allowed_headers: Option<HeaderValue>,
}

/// `*`, or scheme and authority without a path: browsers compare the value with their origin byte
/// by byte.
pub(super) fn origin(text: &str) -> Result<HeaderValue, Invalid> {
    let is_origin = || {
        let (scheme, authority) = text.split_once("://").unwrap_or_default();
        let is_bare = !authority.contains(['/', '?', '#', '@', ',']);
        is_bare && matches!(scheme, "http" | "https") && text.parse::<Uri>().is_ok()
    };
    if text == "*" || is_origin() {
        header_value(text, ORIGIN)
    } else {
        Err(Invalid(ORIGIN.into()))
    }
}

/// Methods such as `GET,POST`.
pub(super) fn methods(text: &str) -> Result<HeaderValue, Invalid> {
    list(text, METHODS, |name| {
        Method::from_bytes(name.as_bytes()).is_ok()
    })
}

/// Names of headers such as `authorization,content-type`.
pub(super) fn headers(text: &str) -> Result<HeaderValue, Invalid> {
    list(text, HEADERS, |name| name.parse::<HeaderName>().is_ok())
}

fn list(
    text: &str,
    expected: &'static str,
    is_name: impl Fn(&str) -> bool,
) -> Result<HeaderValue, Invalid> {
    if text.split(',').all(|name| is_name(name.trim())) {
        header_value(text, expected)
    } else {
        Err(Invalid(expected.into()))
    }
}

fn header_value(text: &str, expected: &'static str) -> Result<HeaderValue, Invalid> {
    HeaderValue::from_str(text).map_err(|_| Invalid(expected.into()))
}

const ORIGIN: &str = "* or one origin, for example https://example.org, without a path";
const METHODS: &str = "methods separated by commas, for example GET,POST";
const HEADERS: &str =
    "names of headers separated by commas, for example authorization,content-type";

#[cfg(test)]
mod tests;
