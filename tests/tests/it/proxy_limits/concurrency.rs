//! `max_concurrent_requests` and `max_concurrent_requests_per_key`.

use integration_tests::{Listener, get, grpc, upstream::HttpUpstream};

use super::{begin, echoed, eventually_answered, eventually_refused, held, token_plugin};

#[test]
fn one_request_more_than_allowed_is_503_until_a_response_has_ended() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .property("max_concurrent_requests", "1")
        .start();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    begin(&mut connection, &held(&key));
    let mut exchange = upstream.next_exchange();

    // Before its head, and while its body is sent.
    let before = host.inference(&echoed(&key));
    exchange.respond_with_events();
    exchange.send("data: 1\n\n");
    assert_eq!(connection.receive_head().status, 200);
    let meanwhile = host.inference(&echoed(&key));
    for refused in [before, meanwhile] {
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.json()["type"], "ServiceUnavailableException");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    eventually_refused(&host, "max_concurrent_requests", 2.0);
    assert_eq!(upstream.requests().len(), 1);

    exchange.finish();
    eventually_answered(&host, &echoed(&key), 200);
}

#[test]
fn a_key_with_as_many_requests_as_allowed_gets_429_and_another_key_does_not() {
    let (upstream, management) = (HttpUpstream::start(), HttpUpstream::start());
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .property("upstream_management", &management.url())
        .property("upstream_grpc_inference", &upstream.url())
        .property("max_concurrent_requests_per_key", "1")
        .start();
    let keys = host.keys();
    let key = keys.inference.key;
    let mut connection = host.connect(Listener::Inference);
    begin(&mut connection, &held(&key));
    let mut exchange = upstream.next_exchange();
    exchange.respond_with_events();
    exchange.send("data: 1\n\n");
    assert_eq!(connection.receive_head().status, 200);

    let refused = host.inference(&echoed(&key));
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(refused.json()["type"], "TooManyRequestsException");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let address = host.address(Listener::Inference);
    let called = grpc::call(address, "/a.Service/Call", Some(&format!("Bearer {key}")));
    // RESOURCE_EXHAUSTED.
    assert_eq!((called.http_status, called.status.as_str()), (200, "8"));
    eventually_refused(&host, "max_concurrent_requests_per_key", 2.0);
    let other = host.management(&echoed(&keys.management.key));
    assert_eq!(other.status, 200, "{other:?}");

    exchange.finish();
    eventually_answered(&host, &echoed(&key), 200);
}

/// Its client does not take the responses, or the upstream does not answer.
#[test]
fn requests_without_a_key_leave_places_and_connections_to_those_with_one() {
    for limit in ["max_concurrent_requests", "upstream_connections_max"] {
        let upstream = HttpUpstream::start();
        let host = token_plugin()
            .property("upstream", &upstream.url())
            .property("upstream_profile", "vllm")
            .property("upstream_health_path", "none")
            .property(limit, "8")
            .start();
        let health = get("/health").header("x-behaviour", "test");
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let mut connection = host.connect(Listener::Inference);
            begin(&mut connection, &health);
            waiting.push((connection, upstream.next_exchange()));
        }

        let refused = host.inference(&health);
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("retry-after"), Some("1"));
        eventually_refused(&host, "requests_without_key", 1.0);
        let with_key = get("/v1/models").key(&host.keys().inference.key);
        assert_eq!(host.inference(&with_key).status, 200);

        waiting.clear();
        eventually_answered(&host, &get("/health"), 200);
    }
}

#[test]
fn a_client_that_leaves_makes_room() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .property("max_concurrent_requests_per_key", "1")
        .start();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    begin(&mut connection, &held(&key));
    let exchange = upstream.next_exchange();
    assert_eq!(host.inference(&echoed(&key)).status, 429);

    drop(connection);
    let _ = exchange.wait_until_cancelled();
    eventually_answered(&host, &echoed(&key), 200);
}

#[test]
fn a_websocket_counts_until_it_ends() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .property("max_concurrent_requests_per_key", "1")
        .start();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    let upgrade = get("/realtime")
        .key(&key)
        .header("Connection", "upgrade")
        .header("Upgrade", "websocket")
        .header("x-behaviour", "upgrade");
    begin(&mut connection, &upgrade);
    assert_eq!(connection.receive_head().status, 101);
    connection.send(b"hello");
    assert_eq!(connection.receive_exact(5).expect("an echo"), b"hello");

    assert_eq!(host.inference(&echoed(&key)).status, 429);
    drop(connection);
    eventually_answered(&host, &echoed(&key), 200);
}
