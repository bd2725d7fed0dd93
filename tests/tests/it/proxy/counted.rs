//! What is counted and logged of forwarded requests, and what is not.

use integration_tests::{
    Client, Host, Listener, eventually, get, post,
    upstream::{HttpUpstream, refusing_address},
};

use super::{behaving, in_front_of, inference, with_upstream};

/// The value of a sample, 0 if it is missing.
fn sample(host: &Host, name: &str) -> u64 {
    let response = host.metrics(&get("/metrics"));
    let mut lines = response.text().lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().expect("a number"))
}

fn connections(host: &Host, state: &str) -> u64 {
    sample(
        host,
        &format!("host_demo_upstream_connections{{state=\"{state}\"}}"),
    )
}

#[test]
fn connections_to_the_upstream_are_counted_by_their_state() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let request = behaving(&host, get("/x"), "test");
    for round in 1..=3 {
        let mut stream = Client::Http1.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        assert_eq!(
            (connections(&host, "in_use"), connections(&host, "idle")),
            (1, 0)
        );
        exchange.finish();
        assert!(stream.rest().1.is_ok());
        eventually("the connection is idle", || {
            let states = (connections(&host, "in_use"), connections(&host, "idle"));
            (states == (0, 1)).then_some(())
        });
        assert_eq!(
            sample(&host, "host_demo_upstream_connections_reused_total"),
            round - 1
        );
    }
    assert_eq!(
        sample(&host, "host_demo_upstream_connections_opened_total"),
        1
    );
    assert_eq!(sample(&host, "host_demo_upstream_retries_total"), 0);
}

#[test]
fn a_connection_that_is_refused_is_counted_with_its_reason() {
    let host = in_front_of(&format!("http://{}", refusing_address())).start();
    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 502);
    }
    let name = "host_demo_upstream_connect_failures_total{reason=\"unreachable\"}";
    assert_eq!(sample(&host, name), 2);
}

/// Neither bodies nor what identifies their senders.
#[test]
fn prompts_reach_no_log() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("access_log", "true")
        .start();
    for client in Client::ALL {
        let request = post("/v1/completions").body("a secret prompt");
        let response = client.exchange(&host, Listener::Inference, &inference(&host, request));
        assert!(response.text().contains("a secret prompt"), "{response:?}");
    }

    let lines = host.log().wait_for_lines_with("/v1/completions", 2);

    assert!(
        lines.iter().all(|line| line.contains("principal=")),
        "{lines:?}"
    );
    assert!(!host.log().text().contains("secret prompt"));
}

#[test]
fn a_response_that_is_cut_is_logged_as_such() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("access_log", "true")
        .start();
    for (index, client) in Client::ALL.into_iter().enumerate() {
        let request = behaving(&host, get("/events"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        drop(exchange);
        assert!(stream.rest().1.is_err());
        let _ = host.log().wait_for_lines_with("cut-off", index + 1);
    }
}

/// Failures of an upstream that anyone can cause must not fill the log.
#[test]
fn the_upstreams_address_is_in_no_response_and_its_failures_are_no_flood() {
    let (host, upstream) = with_upstream();
    drop(upstream);
    for _ in 0..200 {
        assert_eq!(host.inference(&inference(&host, get("/x"))).status, 502);
    }
    let warnings =
        host.log().lines_of_level("WARN").len() + host.log().lines_of_level("ERROR").len();
    assert!(warnings <= 10, "{warnings} lines");
}
