//! What `idle_timeout_sec` ends and what it does not, where no request over HTTP is seen to begin or end.

use integration_tests::{
    Authority, Connection, Host, Listener, TlsClient, TlsFiles, get, http2::Http2Connection, post,
    upstream::HttpUpstream,
};

use super::{eventually_reached, token_plugin};

/// Waits until a connection that was opened now is closed because it is idle.
fn wait_until_an_idle_connection_is_closed(host: &Host) {
    let mut idle = host.connect(Listener::Metrics);
    idle.exchange(&get("/metrics"));
    assert!(idle.ends());
}

#[test]
fn an_upgraded_connection_is_not_cut() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .upstream_inference(&upstream.url())
        .property("idle_timeout_sec", "1")
        .start();
    let request = get("/realtime")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("x-behaviour", "upgrade")
        .key(&host.keys().inference.key);
    let mut connection = host.connect(Listener::Inference);
    assert_eq!(connection.exchange(&request).status, 101);

    wait_until_an_idle_connection_is_closed(&host);
    wait_until_an_idle_connection_is_closed(&host);

    connection.send(b"still there");
    let back = connection.receive_exact(11).expect("it comes back");
    assert_eq!(back, b"still there");
}

#[test]
fn an_open_stream_of_grpc_is_not_cut() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_grpc_inference", &upstream.url())
        .property("grpc_inference_port", "0")
        .property("idle_timeout_sec", "1")
        .start();
    let request = post("/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("x-behaviour", "test")
        .key(&host.keys().inference.key);
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let mut client = connection.start(&request);
    let mut server = upstream.next_exchange();
    server.respond(200, &[("content-type", "application/grpc")]);
    assert_eq!(client.head().status, 200);

    wait_until_an_idle_connection_is_closed(&host);
    wait_until_an_idle_connection_is_closed(&host);

    client.send(&b"\0\0\0\0\x05hello"[..]);
    let seen = server.read().expect("a piece").expect("a piece");
    assert_eq!(seen, b"\0\0\0\0\x05hello");
    server.send("answer");
    assert_eq!(&*client.read().expect("open").expect("open"), b"answer");
}

/// Before the handshake, after it, and after a request.
#[test]
fn a_connection_with_tls_is_closed_in_time() {
    let authority = Authority::new();
    let files = TlsFiles::of(&authority.issue());
    let client = TlsClient::trusting(&authority);
    let host = token_plugin()
        .tls(&files, &[Listener::Inference])
        .property("tls_handshake_timeout_sec", "1")
        .property("header_timeout_sec", "1")
        .property("idle_timeout_sec", "1")
        .start();
    let mut before = host.connect(Listener::Inference);
    let mut silent = host.connect_encrypted(Listener::Inference, &client);
    let mut idle = host.connect_encrypted(Listener::Inference, &client);
    let ping = get("/ping").key(&host.keys().inference.key);
    assert_eq!(idle.exchange(&ping).status, 200);

    for connection in [&mut before, &mut silent, &mut idle] {
        assert!(ends(connection));
    }
    eventually_reached(&host, "header_timeout_sec", 1.0);
    eventually_reached(&host, "idle_timeout_sec", 1.0);
}

/// With or without the orderly end of TLS.
fn ends(connection: &mut Connection) -> bool {
    let (rest, end) = connection.receive_to_end();
    let is_late = end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    rest.is_empty() && !is_late
}
