use super::*;

#[test]
fn a_location_on_the_upstream_loses_its_origin() {
    let origin = UpstreamOrigin::of(&"http://127.0.0.1:8000".parse().unwrap()).unwrap();
    for (location, expected) in [
        ("http://127.0.0.1:8000/v1/models?a=b#c", "/v1/models?a=b#c"),
        ("HTTP://127.0.0.1:8000", "/"),
        ("http://127.0.0.1:80001/v1", "http://127.0.0.1:80001/v1"),
        (
            "http://127.0.0.1:8000@other/v1",
            "http://127.0.0.1:8000@other/v1",
        ),
        (
            "http://127.0.0.1:8000//other/v1",
            "http://127.0.0.1:8000//other/v1",
        ),
        ("https://127.0.0.1:8000/v1", "https://127.0.0.1:8000/v1"),
        ("/v1", "/v1"),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, location.parse().unwrap());
        rewrite(&mut headers, &origin, &HeaderValue::from_static("1"));
        assert_eq!(headers[LOCATION], expected, "{location}");
    }
}
