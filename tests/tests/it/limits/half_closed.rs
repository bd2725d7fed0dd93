//! Clients of HTTP/1.1 that send no more after a request, and wait for the response.

use std::time::Duration;

use integration_tests::{Connection, Host, Listener, PluginFolder, Request, get, post, repository};
use serde_json::json;

use crate::expect::is_denied;

fn host() -> Host {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo");
    Host::builder()
        .plugins(plugins)
        .argument("--model-store")
        .argument(repository().join("tests/fixtures/models"))
        .argument("--models")
        .argument("slow.onnx")
        .start()
}

/// A connection on which this was sent, and nothing comes after it.
fn half_closed(host: &Host, bytes: &[u8]) -> Connection {
    let mut connection = host.connect(Listener::Inference);
    connection.send(bytes);
    connection.finish_sending();
    connection
}

fn prediction(host: &Host, steps: u64) -> Request {
    let inputs =
        json!({"inputs": [{"name": "steps", "datatype": "INT64", "shape": [], "data": [steps]}]});
    post("/predictions/slow")
        .key(&host.keys().inference.key)
        .body(inputs.to_string())
}

#[test]
fn they_get_their_response_and_the_connection_ends() {
    let host = host();
    let key = host.keys().inference.key;
    for request in [
        get("/ping").key(&key),
        get("/echo").key(&key),
        post("/echo").key(&key).body("hello"),
        // More than the first read takes.
        post("/echo").key(&key).body(vec![b'x'; 300_000]),
        get("/responses?body_bytes=5000000").key(&key),
        prediction(&host, 10),
    ] {
        let mut connection = half_closed(&host, &request.to_bytes());

        let response = connection.receive();
        assert_eq!(response.status, 200, "{} {response:?}", request.target());
        assert!(connection.ends(), "{}", request.target());
    }
    let mut denied = half_closed(&host, &post("/echo").body("hello").to_bytes());
    assert!(is_denied(&denied.receive()));
    assert!(denied.ends());
}

/// The end of the client's sending comes long before the response.
#[test]
fn a_prediction_that_takes_a_moment_is_sent() {
    let host = host();
    let mut connection = half_closed(&host, &prediction(&host, 20_000).to_bytes());
    let response = connection.receive();
    assert_eq!(response.status, 200, "{response:?}");
    assert!(connection.ends());
}

#[test]
fn all_of_several_requests_are_answered() {
    let host = host();
    let last = prediction(&host, 10).to_bytes();
    let requests = [prediction(&host, 100_000).to_bytes(), last.clone(), last].concat();
    let mut connection = half_closed(&host, &requests);
    for _ in 0..3 {
        assert_eq!(connection.receive().status, 200);
    }
    assert!(connection.ends());
}

/// The rest of its body cannot come, so nothing waits for `body_idle_timeout_sec`.
#[test]
fn a_request_that_is_not_whole_is_given_up_at_once() {
    let host = host();
    let key = host.keys().inference.key;
    for framing in [
        "Content-Length: 10\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let head = format!("POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n");
        let mut connection = half_closed(&host, format!("{head}{framing}").as_bytes());
        // The time limit of a body is longer.
        let wait = Some(Duration::from_secs(20));
        connection
            .socket()
            .set_read_timeout(wait)
            .expect("a timeout");

        let (answer, end) = connection.receive_to_end();

        assert!(end.is_ok(), "{end:?}");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");
    }
}

/// Nothing shows whether its client waits or has gone, and nothing may work for one that has gone.
#[test]
fn a_request_to_an_upstream_is_cancelled() {
    let upstream = integration_tests::upstream::HttpUpstream::start();
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .upstream_inference(&upstream.url())
        .start();
    let request = post("/x")
        .header("x-behaviour", "test")
        .key(&host.keys().inference.key);
    let mut connection = host.connect(Listener::Inference);
    connection.send(&request.to_bytes());
    let exchange = upstream.next_exchange();

    connection.finish_sending();

    let _ = exchange.wait_until_cancelled();
    assert!(connection.ends());
}
