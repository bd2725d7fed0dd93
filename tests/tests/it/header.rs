//! The header `Authorization`.

use integration_tests::{Host, Listener, Request, get};

use crate::expect::{assert_denied, is_denied};

/// A host, and requests with its inference key in an `Authorization` of this form.
fn with_value(form: impl Fn(&str) -> Vec<u8>) -> (Host, Request) {
    let host = Host::with_token_plugin();
    let value = form(&host.keys().inference.key);
    (host, get("/ping").header("Authorization", value))
}

#[track_caller]
fn assert_allowed(form: impl Fn(&str) -> String) {
    let (host, request) = with_value(|key| form(key).into_bytes());
    let response = host.inference(&request);
    assert_eq!(response.status, 200, "{response:?}");
}

#[track_caller]
fn assert_refused(form: impl Fn(&str) -> Vec<u8>) {
    let (host, request) = with_value(form);
    assert_denied(&host.inference(&request));
}

#[test]
fn bearer_is_allowed() {
    assert_allowed(|key| format!("Bearer {key}"));
}

#[test]
fn the_name_has_no_case() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;

    for name in ["authorization", "AUTHORIZATION", "aUTHORIZATION"] {
        let request = get("/ping").header(name, format!("Bearer {key}"));
        assert_eq!(host.inference(&request).status, 200, "{name}");
    }
}

#[test]
fn the_scheme_has_no_case() {
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        assert_allowed(|key| format!("{scheme} {key}"));
    }
}

#[test]
fn two_spaces_are_allowed() {
    assert_allowed(|key| format!("Bearer  {key}"));
    assert_allowed(|key| format!("Bearer     {key}"));
}

#[test]
fn another_scheme_is_denied() {
    for scheme in ["Basic", "foo", "Bearerx", "xBearer", "Bearer:", "Digest"] {
        assert_refused(|key| format!("{scheme} {key}").into_bytes());
    }
}

#[test]
fn a_key_alone_is_denied() {
    assert_refused(|key| key.as_bytes().to_vec());
    assert_refused(|key| format!("Bearer{key}").into_bytes());
}

/// So is a scheme without a key.
#[test]
fn an_empty_value_is_denied() {
    assert_refused(|_| Vec::new());
    assert_refused(|_| b"Bearer".to_vec());
    assert_refused(|_| b"Bearer ".to_vec());
}

#[test]
fn an_over_long_value_is_denied() {
    assert_refused(|key| format!("Bearer {key}{}", "A".repeat(9_000)).into_bytes());
    assert_refused(|key| format!("Bearer {key} {key}").into_bytes());
}

#[test]
fn a_value_that_is_not_ascii_is_denied() {
    assert_refused(|key| format!("Bearer {key}é").into_bytes());
    assert_refused(|_| b"Bearer \xff\xfe\xfd".to_vec());
    assert_refused(|key| format!("Béarer {key}").into_bytes());
}

/// A part of the key, or one changed letter.
#[test]
fn nearly_the_key_is_denied() {
    assert_refused(|key| format!("Bearer {}", &key[..42]).into_bytes());
    assert_refused(|key| format!("Bearer {}", &key[1..]).into_bytes());
    assert_refused(|key| format!("Bearer {key}A").into_bytes());
    assert_refused(|key| format!("Bearer {}", key.to_ascii_lowercase()).into_bytes());
    assert_refused(|key| {
        let other = if key.starts_with('A') { 'B' } else { 'A' };
        format!("Bearer {other}{}", &key[1..]).into_bytes()
    });
}

/// Even with the right key both times.
#[test]
fn the_header_twice_is_denied() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;

    let both_right = get("/ping").key(&key).key(&key);
    assert!(is_denied(&host.inference(&both_right)));
    let right_first = get("/ping").key(&key).key("other");
    assert!(is_denied(&host.inference(&right_first)));
    let right_last = get("/ping").key("other").key(&key);
    assert!(is_denied(&host.inference(&right_last)));
}

#[test]
fn a_key_in_the_query_is_denied() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;

    for name in ["token", "access_token", "key"] {
        assert_denied(&host.inference(&get(&format!("/ping?{name}={key}"))));
    }
}

#[test]
fn a_key_in_another_header_is_denied() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;

    for name in [
        "Proxy-Authorization",
        "X-Api-Key",
        "X-Authorization",
        "Cookie",
    ] {
        let request = get("/ping").header(name, format!("Bearer {key}"));
        assert_denied(&host.inference(&request));
    }
}

#[test]
fn a_key_in_a_trailer_is_denied() {
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);
    let request = format!(
        "POST /predictions/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
         Trailer: Authorization\r\n\r\n1\r\nx\r\n0\r\nAuthorization: Bearer {}\r\n\r\n",
        host.keys().inference.key
    );

    connection.send(request.as_bytes());

    assert_denied(&connection.receive());
}
