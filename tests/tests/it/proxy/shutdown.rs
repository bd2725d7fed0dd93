//! The end of the host with requests in flight.

use integration_tests::{Client, Listener, get, upstream::HttpUpstream};
use rustix::process::Signal;

use super::{behaving, in_front_of, with_upstream};

#[test]
fn requests_in_flight_are_answered_after_sigterm() {
    let (mut host, upstream) = with_upstream();
    let mut streams = Vec::new();
    for client in Client::ALL {
        let request = behaving(&host, get("/events"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        streams.push((stream, exchange));
    }

    host.signal(Signal::TERM);
    let _ = host.log().wait_for_lines_with("shutting down", 1);

    for (mut stream, exchange) in streams {
        exchange.send("last");
        exchange.finish();
        let (body, end) = stream.rest();
        assert_eq!(body, b"last");
        assert!(end.is_ok());
    }
    assert!(host.wait().success());
}

/// A stream without an end does not keep the host.
#[test]
fn a_stream_that_does_not_end_is_cut_after_shutdown_timeout_sec() {
    let upstream = HttpUpstream::start();
    let mut host = in_front_of(&upstream.url())
        .property("shutdown_timeout_sec", "1")
        .start();
    let request = behaving(&host, get("/events"), "test");
    let mut stream = Client::Http1.start(host.address(Listener::Inference), &request);
    let mut exchange = upstream.next_exchange();
    exchange.respond_with_events();
    assert_eq!(stream.head().status, 200);

    host.stop();

    assert!(stream.rest().1.is_err());
    let _ = exchange.wait_until_cancelled();
}
