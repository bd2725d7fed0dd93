//! The servers, without a host between: what the tests of the host rely on.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use super::{HttpUpstream, RawUpstream, SilentListener, refusing_address};
use crate::{
    Connection, eventually, get,
    http2::{Http2Connection, raw},
    pattern, post,
};

fn address(authority: &str) -> SocketAddr {
    authority.parse().expect("an address")
}

fn connect(upstream: &HttpUpstream) -> Connection {
    Connection::open(address(&upstream.authority()))
}

fn connect_http2(upstream: &HttpUpstream) -> Http2Connection {
    Http2Connection::open(address(&upstream.authority()))
}

#[test]
fn a_raw_upstream_records_what_it_receives_and_plays_its_script() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh")?;
        connection.wait_for_release()?;
        connection.send(b"i")?;
        connection.read_to_end()
    });
    let mut client = Connection::open(address(&upstream.authority()));

    client.send(b"GET /x HTTP/1.1\r\n\r\n");
    assert_eq!(client.receive_head().status, 200);
    assert_eq!(client.receive_exact(1).expect("a byte"), b"h");
    upstream.release();
    assert_eq!(client.receive_exact(1).expect("a byte"), b"i");
    client.send(b"more");

    assert_eq!(
        upstream.wait_for_text("more"),
        "GET /x HTTP/1.1\r\n\r\nmore"
    );
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn a_raw_upstream_can_reset_a_connection() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_exact(1)?;
        connection.reset()
    });
    let mut client = Connection::open(address(&upstream.authority()));

    client.send(b"x");

    let (_, end) = client.receive_to_end();
    assert_eq!(end.expect_err("a reset").kind(), ErrorKind::ConnectionReset);
}

#[test]
fn nobody_answers_where_no_upstream_is() {
    assert!(Connection::try_open(refusing_address()).is_err());

    let silent = SilentListener::start();
    let timeout = Duration::from_millis(100);
    let error = std::net::TcpStream::connect_timeout(&silent.address(), timeout);
    assert_eq!(error.expect_err("silence").kind(), ErrorKind::TimedOut);
}

#[test]
fn a_request_is_echoed_over_both_protocols() {
    let upstream = HttpUpstream::start();
    let request = post("/a/b?c=d").header("x-y", "z").body("body");

    let over_http1 = connect(&upstream).exchange(&request).json();
    let over_http2 = connect_http2(&upstream).exchange(&request).json();

    for (echo, version) in [(&over_http1, "HTTP/1.1"), (&over_http2, "HTTP/2.0")] {
        assert_eq!(echo["method"], "POST");
        assert_eq!(echo["target"], "/a/b?c=d");
        assert_eq!(echo["version"], version);
        assert_eq!(echo["body"], "body");
    }
    let requests = upstream.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("x-y"), Some("z"));
    assert_eq!(requests[1].authority, Some(upstream.authority()));
}

#[test]
fn bodies_of_any_length_are_the_pattern() {
    const LENGTH: u64 = 1_000_000;
    let upstream = HttpUpstream::start();
    let download = get("/x").header("x-behaviour", format!("download={LENGTH}"));
    let upload = |body: Vec<u8>| post("/x").header("x-behaviour", "upload").body(body);

    let body = connect(&upstream).exchange(&download).body;
    let mut verifier = pattern::Verifier::default();
    verifier.add(&body);

    assert_eq!(verifier.length(), Some(LENGTH));
    assert_eq!(upstream.bytes_sent(), LENGTH);
    let response = connect_http2(&upstream).exchange(&upload(body.clone()));
    assert_eq!(response.json()["received"], LENGTH);
    assert_eq!(upstream.bytes_received(), LENGTH);
    let without_a_byte = [&body[..1000], &body[1001..]].concat();
    let response = connect(&upstream).exchange(&upload(without_a_byte));
    assert!(response.json()["received"].is_null());
}

#[test]
fn a_test_gives_an_answer_piece_by_piece() {
    let upstream = HttpUpstream::start();
    let client = connect_http2(&upstream);

    let mut request = client.start(&post("/x").header("x-behaviour", "test"));
    let mut exchange = upstream.next_exchange();
    request.send("up");
    assert_eq!(exchange.read().expect("a piece").expect("a piece"), b"up");
    exchange.respond_with_events();
    assert_eq!(request.head().status, 200);
    exchange.send("down");
    assert_eq!(
        &*request.read().expect("a piece").expect("a piece"),
        b"down"
    );
    request.finish();
    assert_eq!(exchange.read().expect("the end"), None);
    exchange.finish_with_trailers(&[("x-end", "yes")]);

    assert_eq!(request.read().expect("the end"), None);
    assert_eq!(request.trailers(), [("x-end".to_owned(), "yes".to_owned())]);
}

#[test]
fn an_answer_that_is_dropped_breaks_off() {
    let upstream = HttpUpstream::start();
    let mut client = connect(&upstream);

    client.send(&get("/x").header("x-behaviour", "test").to_bytes());
    let mut exchange = upstream.next_exchange();
    exchange.respond(200, &[]);
    assert_eq!(client.receive_head().status, 200);
    drop(exchange);

    assert!(client.receive_chunk().is_err());
}

#[test]
fn a_client_that_goes_away_cancels_its_exchange() {
    let upstream = HttpUpstream::start();
    let request = get("/x").header("x-behaviour", "test");

    let mut before_the_head = connect(&upstream);
    before_the_head.send(&request.to_bytes());
    let exchange = upstream.next_exchange();
    assert!(!exchange.is_cancelled());
    drop(before_the_head);
    let _ = exchange.wait_until_cancelled();

    let client = connect_http2(&upstream);
    let mut after_the_head = client.start(&request);
    let mut exchange = upstream.next_exchange();
    exchange.respond_with_events();
    assert_eq!(after_the_head.head().status, 200);
    assert!(!exchange.is_cancelled());
    drop(after_the_head);
    let _ = exchange.wait_until_cancelled();
    drop(client);
    eventually("all connections are closed", || {
        (upstream.open_connections() == 0).then_some(())
    });
}

#[test]
fn an_upgraded_connection_sends_everything_back() {
    let upstream = HttpUpstream::start();
    let mut client = connect(&upstream);
    let request = get("/x")
        .header("x-behaviour", "upgrade")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");

    let response = client.exchange(&request);
    assert_eq!(response.status, 101);
    assert_eq!(response.header("upgrade"), Some("websocket"));
    client.send(b"there and back");

    assert_eq!(client.receive_exact(14).expect("bytes"), b"there and back");
}

#[test]
fn raw_http2_tells_a_status_from_a_reset() {
    let upstream = HttpUpstream::start();
    let address = address(&upstream.authority());
    let request = |fields: &[(&str, &str)]| {
        let method_and_scheme = [(":method", "GET"), (":scheme", "http"), (":path", "/x")];
        raw::request(address, &[&method_and_scheme, fields].concat(), &[])
    };
    let redirect = [("x-behaviour", "redirect=/y")];

    assert_eq!(request(&[]), raw::Answer::Status(200));
    assert_eq!(request(&redirect), raw::Answer::Status(307));
    // PROTOCOL_ERROR.
    assert_eq!(request(&[("connection", "close")]), raw::Answer::Reset(1));
    assert_eq!(request(&[("Upper", "case")]), raw::Answer::GoAway(1));
}
