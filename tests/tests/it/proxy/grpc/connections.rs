//! The HTTP/2 connections to an upstream: shared, cancelled, and ended by GOAWAY.

use std::io;

use integration_tests::{
    Listener,
    http2::Http2Connection,
    upstream::{HttpUpstream, RawConnection, RawUpstream},
};

use super::{
    MESSAGE, PREDICTIONS, call, in_front_of, predictions, respond, start, status_of, with_upstream,
};

#[test]
fn calls_share_connections_to_the_upstream() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut calls: Vec<_> = (0..20)
        .map(|_| start(&host, &upstream, &predictions(&host)))
        .collect();

    for call in &mut calls {
        respond(&mut call.server);
        call.server.send(MESSAGE);
        assert_eq!(call.client.head().status, 200);
    }
    for mut call in calls {
        call.server.finish_with_trailers(&[("grpc-status", "0")]);
        assert_eq!(status_of(&mut call.client), "0");
    }

    assert_eq!(upstream.connections(), 1);
}

/// Cancelled calls leave their places on a connection to others.
#[test]
fn cancelled_calls_leave_no_place_taken() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_connections_max", "1")
        .argument("--worker-threads=1")
        .start();
    let request = predictions(&host);
    let connection = Http2Connection::open(host.address(Listener::Inference));
    for number in 0..300 {
        let mut cancelled = connection.start(&request);
        let mut server = upstream.next_exchange();
        if number % 2 > 0 {
            respond(&mut server);
            assert_eq!(cancelled.head().status, 200);
        }
        drop(cancelled);
        let _ = server.wait_until_cancelled();
    }

    let mut calls: Vec<_> = (0..20).map(|_| connection.start(&request)).collect();
    for call in &mut calls {
        let mut server = upstream.next_exchange();
        respond(&mut server);
        server.finish_with_trailers(&[("grpc-status", "0")]);
        call.finish();
    }
    for call in &mut calls {
        assert_eq!(call.head().status, 200);
        assert_eq!(status_of(call), "0");
    }
    assert_eq!(upstream.connections(), 1);
}

const PREFACE: usize = 24;
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
const GOAWAY_NO_STREAM: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const GOAWAY_FIRST_STREAM: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];

/// The frames of a connection by their kinds, until HEADERS; a connection that ends first is an error.
fn read_until_headers(connection: &mut RawConnection) -> io::Result<()> {
    connection.read_exact(PREFACE)?;
    loop {
        let head = connection.read_exact(9)?;
        let length = usize::from(head[1]) * 256 + usize::from(head[2]);
        connection.read_exact(length)?;
        if head[3] == 1 {
            return Ok(());
        }
    }
}

/// A call in flight when the upstream says goodbye, which it says that it has seen or not seen.
#[test]
fn a_call_that_a_goaway_interrupts_is_14_and_sent_once() {
    for goaway in [GOAWAY_NO_STREAM, GOAWAY_FIRST_STREAM] {
        let upstream = RawUpstream::start(move |connection| {
            connection.send(&SETTINGS)?;
            read_until_headers(connection)?;
            connection.send(&goaway)
        });
        let host = in_front_of(&upstream.url()).start();
        let key = host.keys().inference.key;

        let response = call(&host, Listener::Inference, PREDICTIONS, Some(&key));

        assert_eq!(response.status, "14", "{response:?}");
        let connections = upstream.connections();
        let is_seen = goaway == GOAWAY_FIRST_STREAM;
        assert!(connections <= if is_seen { 1 } else { 2 }, "{connections}");
    }
}

/// It answers what it has, and what comes later goes to a new connection.
#[test]
fn calls_in_flight_end_after_a_goaway() {
    let (host, upstream) = with_upstream();
    let mut call = start(&host, &upstream, &predictions(&host));
    respond(&mut call.server);
    assert_eq!(call.client.head().status, 200);

    upstream.finish_connections();

    call.server.send(MESSAGE);
    assert_eq!(&*call.client.read().expect("open").expect("open"), MESSAGE);
    let mut later = start(&host, &upstream, &predictions(&host));
    assert_ne!(
        later.server.request().connection,
        call.server.request().connection
    );
    for call in [&mut call, &mut later] {
        assert!(!call.server.is_cancelled());
    }
    call.server.finish_with_trailers(&[("grpc-status", "0")]);
    assert_eq!(status_of(&mut call.client), "0");
    respond(&mut later.server);
    later.server.finish_with_trailers(&[("grpc-status", "0")]);
    assert_eq!(later.client.head().status, 200);
    assert_eq!(status_of(&mut later.client), "0");
}

/// Garbage in place of HTTP/2.
#[test]
fn an_upstream_that_speaks_no_http_2_is_14() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_exact(PREFACE)?;
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url()).start();
    let key = host.keys().inference.key;

    let response = call(&host, Listener::Inference, PREDICTIONS, Some(&key));

    assert_eq!(response.status, "14", "{response:?}");
}
