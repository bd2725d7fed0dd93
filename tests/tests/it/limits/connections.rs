//! How long connections are held, and which go first when there are too many.

use std::time::Duration;

use integration_tests::{Connection, Host, Listener, eventually, get};

use super::{eventually_reached, token_plugin};
use crate::{expect::is_denied, metrics::sample};

#[test]
fn a_silent_connection_is_closed() {
    let host = token_plugin().property("header_timeout_sec", "1").start();
    let mut silent = host.connect(Listener::Inference);

    assert!(silent.ends());
    eventually_reached(&host, "header_timeout_sec", 1.0);
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let host = token_plugin().property("idle_timeout_sec", "1").start();
    let key = host.keys().inference.key;
    for request in [get("/ping"), get("/ping").key(&key)] {
        let mut idle = host.connect(Listener::Inference);
        idle.exchange(&request);

        assert!(idle.ends());
    }
    eventually_reached(&host, "idle_timeout_sec", 2.0);
}

/// First and later heads.
#[test]
fn a_head_that_arrives_in_small_pieces_has_no_more_time() {
    let host = token_plugin().property("header_timeout_sec", "1").start();
    for is_first in [true, false] {
        let mut slow = host.connect(Listener::Inference);
        if !is_first {
            assert!(is_denied(&slow.exchange(&get("/ping"))));
        }
        slow.send(b"GET /ping HTTP/1.1\r\nX-Filler: ");
        let wait = Some(Duration::from_millis(50));
        slow.socket().set_read_timeout(wait).expect("a timeout");
        eventually("the connection is closed", || {
            let has_failed = slow.try_send(b"x").is_err();
            (has_failed || slow.ends()).then_some(())
        });
    }
    eventually_reached(&host, "header_timeout_sec", 2.0);
}

#[test]
fn responses_that_are_never_read_end_the_connection() {
    let host = token_plugin().property("write_timeout_sec", "1").start();
    let mut client = host.connect(Listener::Inference);
    let requests = get("/ping").to_bytes().repeat(1000);
    let wait = Some(Duration::from_millis(100));
    client.socket().set_write_timeout(wait).expect("a timeout");
    while client.try_send(&requests).is_ok() {}

    eventually_reached(&host, "write_timeout_sec", 1.0);
}

/// A host with some places for each of its three listeners, fewer than 40.
fn with_few_places() -> Host {
    token_plugin().prelude("ulimit -n 152").start()
}

/// How many connections were closed because others needed their places.
fn closed_for_others(host: &Host) -> f64 {
    sample(
        host,
        "host_demo_limit_refusals_total{limit=\"connections\"}",
    )
}

#[test]
fn when_places_run_short_the_connection_that_is_idle_for_longest_goes_first() {
    let host = with_few_places();
    let mut idle: Vec<Connection> = Vec::new();
    while closed_for_others(&host) < 1.0 {
        assert!(idle.len() < 40);
        let mut one_more = host.connect(Listener::Inference);
        assert!(is_denied(&one_more.exchange(&get("/ping"))));
        idle.push(one_more);
    }

    assert!(idle[0].ends());
    for connection in &mut idle[1..] {
        assert!(is_denied(&connection.exchange(&get("/ping"))));
    }
    assert_eq!(closed_for_others(&host), 1.0);
}

#[test]
fn a_connection_that_has_shown_a_good_key_keeps_its_place() {
    let host = with_few_places();
    let request = get("/ping").key(&host.keys().inference.key);
    let mut with_key = host.connect(Listener::Inference);
    assert_eq!(with_key.exchange(&request).status, 200);

    let mut others = Vec::new();
    while closed_for_others(&host) < 32.0 {
        assert!(others.len() < 80);
        let mut other = host.connect(Listener::Inference);
        assert!(is_denied(&other.exchange(&get("/ping"))));
        others.push(other);
    }

    assert_eq!(with_key.exchange(&request).status, 200);
    assert_eq!(host.inference(&request).status, 200);
}

/// Its clients go on with requests that are denied.
#[test]
fn connections_whose_key_was_replaced_make_room_for_a_client_with_the_new_one() {
    let host = with_few_places();
    let old = get("/ping").key(&host.keys().inference.key);
    let mut former: Vec<Connection> = Vec::new();
    while closed_for_others(&host) < 1.0 {
        assert!(former.len() < 40);
        let mut one_more = host.connect(Listener::Inference);
        assert_eq!(one_more.exchange(&old).status, 200);
        former.push(one_more);
    }
    let rotate = get("/token?type=inference").key(&host.keys().api);
    assert_eq!(host.management(&rotate).status, 200);
    // The first one made room for the last one.
    for connection in &mut former[1..] {
        assert!(is_denied(&connection.exchange(&old)));
    }

    let new = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&new).status, 200);
}

#[test]
fn silent_connections_make_room_for_a_client_with_a_key() {
    let host = with_few_places();
    let _silent: Vec<_> = (0..40).map(|_| host.connect(Listener::Inference)).collect();

    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
}

/// Whatever they do: a silent one, an idle one, the beginning of a head, and responses that are not read.
#[test]
fn connections_without_a_good_key_do_not_delay_the_end() {
    let mut host = token_plugin()
        .property("shutdown_timeout_sec", "600")
        .start();
    let silent = host.connect(Listener::Inference);
    let mut idle = host.connect(Listener::Inference);
    assert!(is_denied(&idle.exchange(&get("/ping"))));
    let mut slow = host.connect(Listener::Inference);
    slow.send(b"GET /ping HTTP/1.1\r\n");
    let mut greedy = host.connect(Listener::Inference);
    let wait = Some(Duration::from_millis(100));
    greedy.socket().set_write_timeout(wait).expect("a timeout");
    while greedy
        .try_send(&get("/ping").to_bytes().repeat(1000))
        .is_ok()
    {}
    let mut over_http2 = integration_tests::http2::flood::FloodConnection::open(
        host.address(Listener::Inference),
        0,
    );
    over_http2.request(&get("/ping"), true);
    over_http2.receive().expect("the head of a response");

    let status = host.stop();

    assert!(status.success(), "{status}\n{}", host.log().text());
    drop((silent, idle, slow, greedy, over_http2));
}

/// As `connections_per_address_max` closes it: at once.
#[test]
fn connections_of_one_address_are_not_limited_unless_configured() {
    let host = token_plugin().start();
    let mut all: Vec<Connection> = (0..100)
        .map(|_| host.connect(Listener::Inference))
        .collect();
    for connection in &mut all {
        assert!(is_denied(&connection.exchange(&get("/ping"))));
    }
}
