use http::HeaderValue;

use super::*;

fn trailers(names: &[&'static str]) -> HeaderMap {
    let value = HeaderValue::from_static("1");
    let names = names.iter().map(|name| HeaderName::from_static(name));
    names.map(|name| (name, value.clone())).collect()
}

#[test]
fn what_describes_the_body_passes() {
    let given = trailers(&["x-checksum", "digest"]);
    assert_eq!(forwarded(given.clone(), None), Some(given));
}

#[test]
fn what_the_host_decides_about_does_not() {
    let triton = Profile::named("triton").unwrap();
    let given = trailers(&[
        "authorization",
        "connection",
        "content-length",
        "forwarded",
        "host",
        "te",
        "transfer-encoding",
        "x-forwarded-for",
        "x-real-ip",
        "x-request-id",
        "x-token-principal",
        "x_token_principal",
        "x-vertex-ai-triton-redirect",
    ]);
    assert_eq!(forwarded(given, Some(&triton)), None);
}
