use std::fmt;

use crate::abi::{RawResponse, RawResponseHeader};

/// The response of an endpoint.
///
/// ```
/// use plugin_api::Response;
///
/// let response = Response::json(r#"{"Status": "Healthy"}"#).with_header("cache-control", "no-store");
/// assert_eq!(response.status(), 200);
/// ```
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.http.Response`.
///
/// # Since
/// 1.0
#[derive(Clone)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// An empty response with a status from 200 to 599; the host responds with 500 to any other.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// 200 with a JSON text, which is sent as it is.
    #[must_use]
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200)
            .with_header("content-type", "application/json")
            .with_body(body)
    }

    /// 200 with UTF-8 text.
    #[must_use]
    pub fn text(body: impl Into<String>) -> Self {
        Self::new(200)
            .with_header("content-type", "text/plain; charset=utf-8")
            .with_body(body.into())
    }

    /// An error in the server's format: a JSON object of `code`, `type` and `message`.
    ///
    /// ```
    /// let response = plugin_api::Response::error(409, "ConflictStatusException", "Not \"now\".");
    /// assert_eq!(response.status(), 409);
    /// ```
    #[must_use]
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let (kind, message) = (escape(kind), escape(message));
        let body = format!(
            "{{\n  \"code\": {status},\n  \"type\": \"{kind}\",\n  \"message\": \"{message}\"\n}}\n"
        );
        Self::json(body).with_status(status)
    }

    /// The same response with another status.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same response with one more header. The host rejects names and values that HTTP does not
    /// allow, and sets `content-length` and `connection` itself.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same response with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Names and values in the order they were added.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The whole body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Neither values of headers nor the body: they may contain a key.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("header_names", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

impl From<Response> for RawResponse {
    fn from(response: Response) -> Self {
        let headers = response.headers.into_iter();
        Self {
            status: response.status,
            headers: headers
                .map(|(name, value)| RawResponseHeader {
                    name: name.into(),
                    value: value.into(),
                })
                .collect(),
            body: response.body.into(),
        }
    }
}

/// A text within the quotes of JSON (RFC 8259 section 7).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            control if control.is_control() => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
