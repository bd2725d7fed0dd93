//! Responses with content: JSON and other media types.

use std::time::SystemTime;

use chrono::SecondsFormat;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use hyper::body::Body as _;
use serde::Serialize;

use super::body::ResponseBody;
use crate::telemetry::time::utc;

/// The media type of all JSON responses.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A time in JSON: RFC 3339 in UTC, to the millisecond.
pub(crate) fn timestamp(time: SystemTime) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// 200 with JSON, indented as TorchServe's.
pub(crate) fn json(value: &impl Serialize) -> Response<ResponseBody> {
    json_with_status(StatusCode::OK, value)
}

/// JSON with another status.
pub(crate) fn json_with_status(
    status: StatusCode,
    value: &impl Serialize,
) -> Response<ResponseBody> {
    with_type(status, JSON, json_text(value))
}

/// The text of a JSON response.
pub(crate) fn json_text(value: &impl Serialize) -> Vec<u8> {
    // Only values of this crate are passed: plain structs and maps with text keys always serialize.
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// 200 or another status, any media type.
pub(crate) fn with_type(
    status: StatusCode,
    media_type: HeaderValue,
    body: impl Into<ResponseBody>,
) -> Response<ResponseBody> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// The response to HEAD instead of GET: the same headers, and no body. hyper would send a body over
/// HTTP/2.
pub(crate) fn without_body(response: Response<ResponseBody>) -> Response<ResponseBody> {
    let (mut head, body) = response.into_parts();
    if let Some(bytes) = body.size_hint().exact().filter(|&bytes| bytes > 0) {
        let length = head.headers.entry(CONTENT_LENGTH);
        length.or_insert_with(|| HeaderValue::from(bytes));
    }
    Response::from_parts(head, ResponseBody::default())
}

#[cfg(test)]
mod tests;
