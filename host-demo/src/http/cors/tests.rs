use http::Request;

use super::*;

fn configured() -> Cors {
    let value = |text| Some(HeaderValue::from_static(text));
    Cors::new(value("https://example.org"), value("GET,POST"), None)
}

fn parts(method: Method, headers: &[(HeaderName, &str)]) -> Parts {
    let mut request = Request::builder().method(method);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

#[test]
fn a_response_gets_what_is_configured_and_keeps_what_it_has() {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("PUT"),
    );
    configured().apply(&mut headers);
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://example.org");
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "PUT");
    assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_HEADERS));
}

#[test]
fn without_settings_no_header_is_added() {
    let mut headers = HeaderMap::new();
    Cors::default().apply(&mut headers);
    assert!(headers.is_empty());
}

#[test]
fn only_a_preflight_request_to_a_server_that_allows_an_origin_is_answered() {
    let preflight = [
        (ORIGIN, "https://example.org"),
        (ACCESS_CONTROL_REQUEST_METHOD, "POST"),
    ];
    let answered = configured().preflight(&parts(Method::OPTIONS, &preflight));
    assert_eq!(answered.unwrap().status(), StatusCode::NO_CONTENT);

    for request in [
        parts(Method::POST, &preflight),
        parts(Method::OPTIONS, &preflight[..1]),
        parts(Method::OPTIONS, &preflight[1..]),
    ] {
        assert!(configured().preflight(&request).is_none());
    }
    let methods_alone = Cors::new(None, Some(HeaderValue::from_static("GET")), None);
    let request = parts(Method::OPTIONS, &preflight);
    assert!(methods_alone.preflight(&request).is_none());
}
