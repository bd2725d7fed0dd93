//! Connections of HTTP/2.

use integration_tests::{
    Host, Listener, Request, get,
    http2::{
        Http2Connection,
        flood::{FloodConnection, Sent},
    },
    post, put,
};

use super::{eventually_reached, token_plugin};

const REFUSED_STREAM: u32 = 7;

fn flood(host: &Host, listener: Listener, window: u32) -> FloodConnection {
    FloodConnection::open(host.address(listener), window)
}

#[test]
fn responses_that_are_not_taken_end_the_connection() {
    for (listener, path) in [
        (Listener::Inference, "/ping"),
        (Listener::Management, "/api-description"),
        (Listener::Metrics, "/metrics"),
    ] {
        for window in [0, 1] {
            let host = token_plugin().property("write_timeout_sec", "1").start();
            let mut client = flood(&host, listener, window);
            for _ in 0..3 {
                client.request(&get(path), true);
            }

            assert!(client.ends(|_| ()), "{path}");
            eventually_reached(&host, "write_timeout_sec", 1.0);
        }
    }
}

/// Whatever else the client takes, as long as it has shown no good key.
#[test]
fn a_response_that_is_not_taken_is_not_forgotten_for_others_that_are() {
    let host = token_plugin().property("write_timeout_sec", "1").start();
    let mut client = flood(&host, Listener::Inference, 0);
    client.request(&get("/ping"), true);

    let ends = client.ends(|client| {
        let _ = client.request(&Request::new("HEAD", "/api-description"), true);
    });

    assert!(ends);
    eventually_reached(&host, "write_timeout_sec", 1.0);
}

#[test]
fn pings_are_no_use_of_a_connection() {
    let host = token_plugin().property("idle_timeout_sec", "1").start();
    let client = flood(&host, Listener::Inference, 65_535);

    assert!(client.ends(FloodConnection::ping));
    eventually_reached(&host, "idle_timeout_sec", 1.0);
}

/// It confirms nothing, and opens streams, which it may until it does.
#[test]
fn a_client_that_was_asked_to_end_holds_its_connection_no_longer_with_new_requests() {
    let host = token_plugin()
        .property("idle_timeout_sec", "1")
        .property("write_timeout_sec", "1")
        .start();
    let mut client = flood(&host, Listener::Inference, 0);
    let answer = client.receive().expect("a farewell");
    assert_eq!(answer, Sent::GoAway(0));
    client.request(&get("/ping"), true);

    assert!(client.ends(|_| ()));
}

#[test]
fn the_open_body_of_a_denied_request_is_no_use_of_a_connection() {
    let host = token_plugin().property("idle_timeout_sec", "1").start();
    let mut client = flood(&host, Listener::Inference, 65_535);
    let stream = client.request(&post("/predictions/x"), false);

    assert!(client.ends(|client| client.trickle(stream)));
}

#[test]
fn before_the_first_good_key_few_responses_may_wait() {
    let host = token_plugin()
        .property("http2_streams_before_key_max", "2")
        .start();
    let mut client = flood(&host, Listener::Inference, 0);
    for _ in 0..2 {
        let stream = client.request(&get("/ping"), true);
        let answer = client.receive().expect("an answer");
        assert_eq!(answer, Sent::Status(stream, 400));
    }

    let third = client.request(&get("/ping"), true);

    let answer = client.receive().expect("an answer");
    assert_eq!(answer, Sent::Reset(third, REFUSED_STREAM));
    eventually_reached(&host, "http2_streams_before_key_max", 1.0);

    let key = host.keys().inference.key;
    let with_key = client.request(&get("/ping").key(&key), true);
    let answer = client.receive().expect("an answer");
    assert_eq!(answer, Sent::Status(with_key, 200));

    let denied = client.request(&get("/ping"), true);
    let answer = client.receive().expect("an answer");
    assert_eq!(answer, Sent::Status(denied, 400));
}

#[test]
fn a_connection_that_goes_on_after_refusals_is_closed() {
    let host = token_plugin()
        .property("http2_streams_before_key_max", "2")
        .start();
    let client = flood(&host, Listener::Inference, 0);

    assert!(client.ends(|client| {
        let _ = client.request(&get("/ping"), true);
    }));
}

#[test]
fn a_connection_that_leaves_bodies_open_is_read_a_little_each_second() {
    let host = token_plugin()
        .property("http2_streams_before_key_max", "4")
        .start();
    let mut client = flood(&host, Listener::Inference, 65_535);
    let mut streams: Vec<_> = (0..10)
        .map(|_| client.request(&post("/predictions/x"), false))
        .collect();

    while !streams.is_empty() {
        if let Sent::Status(stream, status) = client.receive().expect("an answer") {
            assert_eq!(status, 400);
            streams.retain(|one| *one != stream);
        }
    }
    eventually_reached(&host, "http2_streams_before_key_max", 2.0);
}

#[test]
fn all_connections_before_their_first_good_key_share_a_limit_and_each_has_one_request() {
    let host = token_plugin()
        .property("requests_before_key_max", "2")
        .start();
    let mut first = flood(&host, Listener::Inference, 0);
    for _ in 0..2 {
        let stream = first.request(&get("/ping"), true);
        let answer = first.receive().expect("an answer");
        assert_eq!(answer, Sent::Status(stream, 400));
    }
    let mut second = flood(&host, Listener::Inference, 0);
    let stream = second.request(&get("/ping"), true);
    assert_eq!(second.receive().expect("one"), Sent::Status(stream, 400));

    let another = second.request(&get("/ping"), true);

    let refused = Sent::Reset(another, REFUSED_STREAM);
    assert_eq!(second.receive().expect("an answer"), refused);
    eventually_reached(&host, "requests_before_key_max", 1.0);
}

#[test]
fn a_client_with_a_good_key_that_opens_100_streams_at_once_loses_none() {
    let host = token_plugin().start();
    let key = host.keys().inference.key;
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let request = get("/ping").key(&key);
    let mut running: Vec<_> = (0..100).map(|_| connection.start(&request)).collect();
    for exchange in &mut running {
        exchange.finish();
    }

    for exchange in &mut running {
        assert_eq!(exchange.response().status, 200);
    }
}

/// The bodies of its requests are still open when those are denied.
#[test]
fn a_client_without_a_good_key_that_takes_its_responses_gets_all_of_them() {
    let host = token_plugin().start();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let request = get("/ping").key("wrong");
    let mut running: Vec<_> = (0..100).map(|_| connection.start(&request)).collect();
    for exchange in &mut running {
        exchange.finish();
    }

    for exchange in &mut running {
        assert_eq!(exchange.response().status, 400);
    }
}

/// The body of its request does not come for a while.
#[test]
fn a_connection_with_a_running_request_is_not_idle() {
    let host = token_plugin()
        .models("digits=digits.onnx")
        .property("idle_timeout_sec", "1")
        .start();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let path = integration_tests::repository().join("models/digits/samples/3.png");
    let body = std::fs::read(path).expect("a sample");
    let request = put("/predictions/digits").key(&host.keys().inference.key);
    let mut exchange = connection.start(&request);
    let idle = flood(&host, Listener::Inference, 65_535);
    assert!(idle.ends(FloodConnection::ping));

    exchange.send(body);
    exchange.finish();

    assert_eq!(exchange.response().status, 200);
}
