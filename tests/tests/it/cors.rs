//! `cors_allowed_origin`, `cors_allowed_methods`, `cors_allowed_headers`.

use integration_tests::{Host, HostBuilder, PluginFolder, Request, get, options};

const ORIGIN: &str = "https://example.org";

fn configured() -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("cors_allowed_origin", ORIGIN)
        .property("cors_allowed_methods", "GET,POST")
        .property("cors_allowed_headers", "authorization,content-type")
}

fn preflight(target: &str) -> Request {
    options(target)
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization")
}

#[test]
fn every_response_has_the_configured_headers() {
    let host = configured().start();
    let key = host.keys().inference.key;

    for request in [
        get("/ping").key(&key),
        get("/ping"),
        get("//"),
        get("/x").key(&key),
    ] {
        let response = host.inference(&request);
        let header = |name| response.header(name);
        assert_eq!(
            header("access-control-allow-origin"),
            Some(ORIGIN),
            "{response:?}"
        );
        assert_eq!(header("access-control-allow-methods"), Some("GET,POST"));
        let headers = Some("authorization,content-type");
        assert_eq!(header("access-control-allow-headers"), headers);
    }
}

/// Browsers send it without a key.
#[test]
fn a_preflight_request_needs_no_key_and_says_nothing_about_the_path() {
    let host = configured().start();

    for target in ["/predictions/none", "/ping", "/x"] {
        let response = host.inference(&preflight(target));
        assert_eq!(response.status, 204, "{response:?}");
        let origin = response.header("access-control-allow-origin");
        assert_eq!(origin, Some(ORIGIN));
        assert!(response.body.is_empty());
    }
    assert_eq!(host.management(&preflight("/token")).status, 204);
}

#[test]
fn other_requests_need_their_key_as_before() {
    let host = configured().start();
    let without_origin = options("/ping").header("Access-Control-Request-Method", "GET");
    let with_origin = get("/ping").header("Origin", ORIGIN);

    for request in [without_origin, with_origin, options("/ping")] {
        assert_eq!(host.inference(&request).status, 400, "{request:?}");
    }
}

#[test]
fn without_the_settings_there_is_no_header_and_a_preflight_request_is_denied() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .start();
    let response = host.inference(&preflight("/ping"));

    assert_eq!(response.status, 400, "{response:?}");
    let names = response.headers.iter().map(|(name, _)| name);
    assert!(
        !names
            .into_iter()
            .any(|name| name.starts_with("access-control"))
    );
}
