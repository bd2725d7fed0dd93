use super::*;
use crate::http::test_support::channel_body;

fn length(response: &Response<ResponseBody>) -> Option<&[u8]> {
    response
        .headers()
        .get(CONTENT_LENGTH)
        .map(HeaderValue::as_bytes)
}

#[test]
fn the_response_to_head_says_how_long_the_body_would_be() {
    let response = without_body(with_type(StatusCode::OK, JSON, "bytes"));
    assert!(response.body().is_end_stream());
    assert_eq!(length(&response), Some(&b"5"[..]));
    assert_eq!(response.headers()[CONTENT_TYPE], JSON);
}

#[test]
fn a_length_that_is_given_stays() {
    let mut response = Response::new(ResponseBody::default());
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(7));
    let response = without_body(response);
    assert!(response.body().is_end_stream());
    assert_eq!(length(&response), Some(&b"7"[..]));
}

#[test]
fn a_stream_is_dropped_and_has_no_length() {
    let (frames, body) = channel_body();
    let response = without_body(Response::new(ResponseBody::stream(body)));
    assert!(frames.is_closed());
    assert!(response.body().is_end_stream());
    assert_eq!(length(&response), None);
}
