//! `max_request_size`, `max_header_size` and `connections_per_address_max`.

use integration_tests::{
    Connection, Host, Listener, PluginFolder, get, http2::Http2Connection, pattern::piece, post,
    upstream::HttpUpstream,
};

use super::{eventually_refused, token_plugin};

const DEFAULT_REQUEST_BYTES_MAX: u64 = 6_553_500;

/// So many bytes of the pattern.
fn bytes(length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < length {
        let position = bytes.len() as u64;
        bytes.extend_from_slice(&piece(position, length - position));
    }
    bytes
}

#[test]
fn with_0_a_forwarded_body_has_no_limit_and_others_keep_the_default() {
    let upstream = HttpUpstream::start();
    let host = Host::builder()
        .plugins(
            PluginFolder::new()
                .with("token-plugin")
                .with("fixture-echo"),
        )
        .property("upstream_inference", &upstream.url())
        .property("max_request_size", "0")
        .start();
    let key = host.keys().inference.key;
    let length = DEFAULT_REQUEST_BYTES_MAX + 1;

    let upload = post("/upload")
        .key(&key)
        .header("x-behaviour", "upload")
        .body(bytes(length));
    let forwarded = host.inference(&upload);
    assert_eq!(forwarded.status, 200, "{forwarded:?}");
    assert_eq!(forwarded.json()["received"], length);

    let mut connection = host.connect(Listener::Inference);
    let _ = connection.try_send(&post("/echo").key(&key).body(bytes(length)).to_bytes());
    assert_eq!(connection.receive().status, 413);
    eventually_refused(&host, "max_request_size", 1.0);
}

#[test]
fn a_forwarded_body_over_max_request_size_is_413() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .property("max_request_size", "1000")
        .start();
    let key = host.keys().inference.key;
    let upload = |length| {
        let upload = post("/upload").key(&key).header("x-behaviour", "upload");
        host.inference(&upload.body(bytes(length)))
    };

    assert_eq!(upload(1000).status, 200);
    assert_eq!(upload(1001).status, 413);
    eventually_refused(&host, "max_request_size", 1.0);
}

#[test]
fn a_head_over_max_header_size_is_431_over_each_version_of_http() {
    let host = token_plugin().property("max_header_size", "2048").start();
    let with_header = |bytes: usize| get("/ping").header("x-filler", "x".repeat(bytes));

    // Denied, but read.
    assert_eq!(host.inference(&with_header(1900)).status, 400);
    let first = host.inference(&with_header(2048));
    let http2 = Http2Connection::open(host.address(Listener::Inference));
    assert_eq!(http2.exchange(&with_header(1900)).status, 400);
    let second = http2.exchange(&with_header(2048));
    for refused in [first, second] {
        assert_eq!(refused.status, 431, "{refused:?}");
        assert_eq!(
            refused.json()["message"],
            "The request head is larger than max_header_size, 2048 bytes."
        );
    }
    // HTTP itself refuses what is far larger.
    let mut connection = host.connect(Listener::Inference);
    let _ = connection.try_send(&with_header(70_000).to_bytes());
    eventually_refused(&host, "max_header_size", 3.0);
}

#[test]
fn a_larger_max_header_size_lets_larger_heads_pass() {
    let host = token_plugin().property("max_header_size", "300000").start();
    let request = get("/ping").header("x-filler", "x".repeat(200_000));
    let request = request.key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
    let http2 = Http2Connection::open(host.address(Listener::Inference));
    assert_eq!(http2.exchange(&request).status, 200);
}

#[test]
fn one_connection_more_than_an_address_may_have_is_closed_at_once() {
    let host = token_plugin()
        .property("connections_per_address_max", "2")
        .start();
    let ping = get("/ping").key(&host.keys().inference.key);
    let open = |listener| Connection::open(host.address(listener));
    let (mut first, mut second) = (open(Listener::Inference), open(Listener::Management));
    assert_eq!(first.exchange(&ping).status, 200);
    assert_eq!(second.exchange(&get("/models")).status, 400);

    assert!(open(Listener::Metrics).ends());
    // Those that are open stay so.
    assert_eq!(first.exchange(&ping).status, 200);
    drop((first, second));
    // The connection for the metrics may itself be one more until the others are closed.
    integration_tests::eventually("room for another connection", || {
        let mut connection = Connection::try_open(host.address(Listener::Metrics)).ok()?;
        connection.try_exchange(&get("/metrics")).ok()
    });
    let name = "host_demo_limit_refusals_total{limit=\"connections_per_address_max\"}";
    assert!(crate::metrics::sample(&host, name) >= 1.0);
}

#[test]
fn connections_of_a_trusted_proxy_are_not_limited_by_address() {
    let host = token_plugin()
        .property("connections_per_address_max", "1")
        .property("trusted_proxies", "127.0.0.1")
        .start();
    let ping = get("/ping").key(&host.keys().inference.key);
    let mut connections = [(); 3].map(|()| host.connect(Listener::Inference));
    for connection in &mut connections {
        assert_eq!(connection.exchange(&ping).status, 200);
    }
}
