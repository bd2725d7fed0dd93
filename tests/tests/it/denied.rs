//! The response to a denied request.

use std::io::ErrorKind;

use integration_tests::{Host, HostBuilder, Listener, PluginFolder, Response, get, grpc, post};

use crate::expect::{DENIED_BODY, assert_denied};

const PING: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping";
const LIST_MODELS: &str = "/org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels";

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

fn standard() -> HostBuilder {
    token_plugin().property("token_auth_status", "standard")
}

fn challenge(response: &Response) -> &str {
    response.header("www-authenticate").expect("a challenge")
}

#[test]
fn a_denied_request_gets_400_and_torchserves_body() {
    let host = Host::with_token_plugin();

    assert_denied(&host.management(&get("/models")));
    assert_denied(&host.inference(&get("/ping")));
}

#[test]
fn every_reason_gets_the_same_response() {
    let host = token_plugin()
        .property("token_expiration_min", "0.02")
        .start();
    let keys = host.keys();
    keys.inference.wait_until_expired();
    let wrong = "A".repeat(43);
    let requests = [
        get("/ping"),
        get("/ping").key(&wrong),
        get("/ping").key(&keys.management.key),
        get("/ping").key(&keys.api),
        get("/ping").key(&keys.inference.key),
        get("/ping").header("Authorization", "Basic eDp5"),
        get("/none").key(&wrong),
    ];

    for request in requests {
        assert_denied(&host.inference(&request));
    }
}

#[test]
fn the_connection_stays_usable() {
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);

    for _ in 0..3 {
        let denied = connection.exchange(&get("/ping"));
        assert_denied(&denied);
        assert!(!denied.closes());
        let allowed = get("/ping").key(&host.keys().inference.key);
        assert_eq!(connection.exchange(&allowed).status, 200);
    }
}

/// The body is discarded.
#[test]
fn the_connection_stays_usable_after_a_short_body() {
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);

    let denied = connection.exchange(&post("/predictions/x").body("12345"));

    assert_denied(&denied);
    assert!(!denied.closes());
    let allowed = get("/ping").key(&host.keys().inference.key);
    assert_eq!(connection.exchange(&allowed).status, 200);
}

/// Also after a body of unknown length.
#[test]
fn a_connection_with_a_long_unread_body_is_closed_and_the_response_says_so() {
    let host = Host::with_token_plugin();
    let long = post("/predictions/x").body(vec![b'x'; 200_000]).to_bytes();
    let chunked =
        b"POST /predictions/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n";
    let token = post("/token?type=management").body(vec![b'x'; 200_000]);
    let requests = [
        (Listener::Inference, long),
        (Listener::Inference, chunked.to_vec()),
        (Listener::Management, token.to_bytes()),
    ];

    for (listener, bytes) in requests {
        let mut connection = host.connect(listener);
        // The host may close the connection while the rest is sent.
        let _ = connection.try_send(&bytes);
        let denied = connection.receive();
        assert_denied(&denied);
        assert!(denied.closes(), "{denied:?}");
        assert!(connection.ends());
    }
}

/// Without an error code.
#[test]
fn with_standard_a_missing_key_is_401() {
    let host = standard().start();
    let response = host.inference(&get("/ping"));

    assert_eq!(response.status, 401);
    assert!(challenge(&response).starts_with("Bearer"));
    assert!(!challenge(&response).contains("error"), "{response:?}");
    assert_eq!(response.json()["code"], 401);
    assert_eq!(response.json()["type"], "InvalidKeyException");
}

#[test]
fn with_standard_an_unknown_key_is_401_invalid_token() {
    let host = standard().start();
    let response = host.inference(&get("/ping").key(&"A".repeat(43)));

    assert_eq!(response.status, 401);
    assert!(
        challenge(&response).contains("error=\"invalid_token\""),
        "{response:?}"
    );
}

/// Also where another kind of key is needed.
#[test]
fn with_standard_an_expired_key_is_401_invalid_token() {
    let host = standard().property("token_expiration_min", "0.02").start();
    let keys = host.keys();
    keys.management.wait_until_expired();
    keys.inference.wait_until_expired();

    for key in [&keys.inference.key, &keys.management.key] {
        let response = host.inference(&get("/ping").key(key));
        assert_eq!(response.status, 401);
        assert!(
            challenge(&response).contains("error=\"invalid_token\""),
            "{response:?}"
        );
    }
}

#[test]
fn with_standard_a_valid_key_of_another_kind_is_403() {
    let host = standard().start();
    let keys = host.keys();
    let cases = [
        (Listener::Inference, "/ping", &keys.management.key),
        (Listener::Inference, "/ping", &keys.api),
        (Listener::Management, "/models", &keys.inference.key),
        (Listener::Management, "/models", &keys.api),
        (
            Listener::Management,
            "/token?type=inference",
            &keys.management.key,
        ),
    ];

    for (listener, target, key) in cases {
        let response = host.send(listener, &get(target).key(key));
        assert_eq!(response.status, 403, "{target} {response:?}");
        assert!(
            challenge(&response).contains("error=\"insufficient_scope\""),
            "{response:?}"
        );
        assert_eq!(response.json()["code"], 403);
    }
    assert_eq!(host.keys(), keys);
}

#[test]
fn with_standard_the_right_key_is_allowed() {
    let host = standard().start();
    let request = get("/ping").key(&host.keys().inference.key);

    assert_eq!(host.inference(&request).status, 200);
}

#[test]
fn an_unknown_token_auth_status_aborts_startup() {
    let refusal = token_plugin()
        .property("token_auth_status", "teapot")
        .refused();

    assert!(refusal.line().contains("token_auth_status"), "{refusal}");
}

#[test]
fn the_body_of_a_denied_request_is_not_waited_for() {
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);

    connection.send(b"POST /predictions/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");

    assert_denied(&connection.receive());
}

/// Hundreds of megabytes do not change the server's memory.
#[test]
fn the_body_of_a_denied_request_is_never_buffered() {
    const MIB: usize = 1 << 20;
    let host = Host::with_token_plugin();
    let before = host.peak_kib();
    let mut connection = host.connect(Listener::Inference);
    connection
        .send(b"POST /predictions/x HTTP/1.1\r\nHost: x\r\nContent-Length: 268435456\r\n\r\n");

    let chunk = vec![b'x'; MIB];
    let sent = (0..256).try_for_each(|_| connection.try_send(&chunk));

    if let Err(error) = sent {
        // The host may close the connection while the client is sending.
        let hung_up = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
        assert!(hung_up.contains(&error.kind()), "{error}");
    }
    let grown = host.peak_kib() - before;
    assert!(grown < 16 * 1024, "grew by {grown} KiB");
    assert_denied(&host.inference(&get("/ping")));
}

#[test]
fn a_denied_request_gets_no_100_continue() {
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);
    let head = "PUT /predictions/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\
                Content-Length: 5\r\n\r\n";

    connection.send(head.as_bytes());

    let denied = connection.receive();
    assert_denied(&denied);
    // It is unknown whether its body will come.
    assert!(denied.closes());
    assert!(connection.ends());
}

/// The counterpart of the test above, which proves nothing without it.
#[test]
fn an_allowed_request_gets_100_continue() {
    let host = token_plugin().models("digits=digits.onnx").start();
    let mut connection = host.connect(Listener::Inference);
    let head = format!(
        "PUT /predictions/digits HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\
         Authorization: Bearer {}\r\nContent-Length: 5\r\n\r\n",
        host.keys().inference.key
    );

    connection.send(head.as_bytes());

    assert_eq!(connection.receive().status, 100);
    connection.send(b"12345");
    assert_eq!(connection.receive().status, 400);
}

/// PERMISSION_DENIED.
#[test]
fn grpc_is_denied_with_7() {
    let host = Host::with_token_plugin();
    let wrong = format!("Bearer {}", "A".repeat(43));

    for (listener, method) in [
        (Listener::Inference, PING),
        (Listener::Management, LIST_MODELS),
    ] {
        for authorization in [None, Some(wrong.as_str())] {
            let response = grpc::call(host.address(listener), method, authorization);
            assert_eq!(response.http_status, 200, "{response:?}");
            assert!(
                response.content_type.starts_with("application/grpc"),
                "{response:?}"
            );
            assert_eq!(response.status, "7", "{response:?}");
            assert!(response.message.contains("Token"), "{response:?}");
        }
    }
}

/// UNAUTHENTICATED or PERMISSION_DENIED.
#[test]
fn grpc_is_denied_with_16_or_7_in_standard() {
    let host = standard().start();
    let call = |key: &str| {
        let authorization = format!("Bearer {key}");
        grpc::call(
            host.address(Listener::Inference),
            PING,
            Some(&authorization),
        )
        .status
    };

    let without_key = grpc::call(host.address(Listener::Inference), PING, None);
    assert_eq!(without_key.status, "16", "{without_key:?}");
    assert_eq!(call(&"A".repeat(43)), "16");
    assert_eq!(call(&host.keys().management.key), "7");
}

/// A request that is not gRPC gets an ordinary response.
#[test]
fn the_right_key_passes_over_http_2() {
    let host = Host::with_token_plugin();
    let authorization = format!("Bearer {}", host.keys().inference.key);
    let address = host.address(Listener::Inference);

    let response = grpc::call(address, "/ping", Some(&authorization));

    // UNIMPLEMENTED, the status of gRPC for an unknown method: the check has allowed the call.
    assert_eq!(response.status, "12", "{response:?}");
    assert_eq!(response.http_status, 200, "{response:?}");
}

#[test]
fn a_denied_request_does_nothing() {
    let host = Host::with_token_plugin();
    let keys = host.keys();

    let response = host.management(&post("/token?type=management").key(&keys.management.key));

    assert_eq!(response.text().trim_end(), DENIED_BODY);
    assert_eq!(host.keys(), keys);
}
