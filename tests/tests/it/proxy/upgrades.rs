//! WebSocket: after the check, only for those who ask, and only after the upstream's 101.

use integration_tests::{
    Connection, Host, Listener, Request, Response, get,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{behaving, in_front_of, inference, with_upstream};
use crate::expect::assert_denied;

fn websocket(request: Request) -> Request {
    request
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
}

fn upgrade(host: &Host, request: Request) -> (Connection, Response) {
    let mut connection = host.connect(Listener::Inference);
    let response = connection.exchange(&behaving(host, websocket(request), "upgrade"));
    (connection, response)
}

#[test]
fn bytes_pass_in_both_directions_after_the_upstreams_101() {
    let (host, upstream) = with_upstream();
    let (mut connection, response) = upgrade(&host, get("/v1/realtime?model=x"));

    assert_eq!(response.status, 101);
    assert_eq!(response.header("upgrade"), Some("websocket"));
    for message in [&b"\x81\x05hello"[..], b"\0\xff", &[b'x'; 100_000]] {
        connection.send(message);
        let back = connection
            .receive_exact(message.len())
            .expect("it comes back");
        assert!(back == message);
    }
    let seen = &upstream.requests()[0];
    assert_eq!(seen.target, "/v1/realtime?model=x");
    assert_eq!(seen.header("sec-websocket-version"), Some("13"));
    assert_eq!(seen.header("authorization"), None);
}

/// Neither side waits for the other before its first message.
#[test]
fn what_comes_together_with_the_heads_is_not_lost() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello",
        )?;
        connection.read_exact(5)?;
        connection.send(b"again")?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url()).start();
    let mut connection = host.connect(Listener::Inference);
    let mut bytes = inference(&host, websocket(get("/x"))).to_bytes();
    bytes.extend(b"early");

    connection.send(&bytes);

    assert_eq!(connection.receive_head().status, 101);
    assert_eq!(connection.receive_exact(10).expect("both"), b"helloagain");
    assert!(upstream.wait_for_text("early").ends_with("early"));
}

#[test]
fn each_side_sees_the_others_end() {
    let (host, upstream) = with_upstream();
    let (mut connection, response) = upgrade(&host, get("/x"));
    assert_eq!(response.status, 101);

    connection.send(b"last words");
    connection.finish_sending();

    let (rest, end) = connection.receive_to_end();
    assert_eq!(rest, b"last words");
    assert!(end.is_ok());
    integration_tests::eventually("the upstream's connection is closed", || {
        (upstream.open_connections() == 0).then_some(())
    });
}

#[test]
fn without_the_key_it_does_not_reach_the_upstream() {
    let (host, upstream) = with_upstream();
    let keys = host.keys();

    assert_denied(&host.inference(&websocket(get("/x"))));
    assert_denied(&host.inference(&websocket(get("/x")).key(&keys.management.key)));

    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_refusal_of_the_upstream_is_passed_on() {
    let (host, _upstream) = with_upstream();
    let mut connection = host.connect(Listener::Inference);

    let request = behaving(&host, websocket(get("/x")), "redirect=/y");
    assert_eq!(connection.exchange(&request).status, 307);

    // It is no tunnel: the next request is checked.
    assert_denied(&connection.exchange(&get("/y")));
}

/// What follows would be taken for the upstream's answer to another request.
#[test]
fn a_101_for_which_nobody_asked_is_502() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\
              HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
        )?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url()).start();
    let mut connection = host.connect(Listener::Inference);

    for number in 1..=2 {
        let response = connection.exchange(&inference(&host, get("/x")));
        assert_eq!(response.status, 502, "{response:?}");
        assert_eq!(upstream.connections(), number);
    }
}

/// Cleartext HTTP/2 would be a second way past the check of each request.
#[test]
fn another_protocol_than_websocket_is_not_asked_for() {
    let (host, upstream) = with_upstream();
    for protocol in ["h2c", "TLS/1.0", "h2c, websocket"] {
        let request = get("/x")
            .header("Connection", "Upgrade, HTTP2-Settings")
            .header("HTTP2-Settings", "AAMAAABkAAQAAP__")
            .header("Upgrade", protocol);
        let response = host.inference(&inference(&host, request));
        assert_ne!(response.status, 101, "{protocol}");
    }
    for seen in upstream.requests() {
        assert_eq!(seen.header("upgrade"), None, "{seen:?}");
    }
}

/// A 101 to a request without `Connection: upgrade` is none that was asked for.
#[test]
fn upgrade_without_connection_is_not_asked_for() {
    let (host, upstream) = with_upstream();

    let request = inference(&host, get("/x").header("Upgrade", "websocket"));
    assert_eq!(host.inference(&request).status, 200);

    assert_eq!(upstream.requests()[0].header("upgrade"), None);
}

#[test]
fn it_ends_at_max_stream_duration_sec() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("max_stream_duration_sec", "1")
        .start();
    let (mut connection, response) = upgrade(&host, get("/x"));
    assert_eq!(response.status, 101);

    assert!(connection.ends());
}
