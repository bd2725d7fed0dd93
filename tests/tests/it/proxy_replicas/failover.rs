//! A request is sent to another replica only if nothing of it was sent.

use super::*;

/// The replicas may fail as often as they like.
fn never_ejected(urls: &[&str]) -> HostBuilder {
    unprobed(urls).property("upstream_failures_max", "1000")
}

/// Waits until one of the servers has a request that the test answers.
fn holder(servers: &[HttpUpstream; 2], count: usize) -> &HttpUpstream {
    let total = || servers.iter().map(completions).sum::<usize>();
    eventually("the request arrives", || (total() == count).then_some(()));
    let seen = |server: &&HttpUpstream| {
        let requests = server.requests();
        requests
            .last()
            .is_some_and(|one| one.header("x-number") == Some(&count.to_string()))
    };
    servers.iter().find(seen).expect("the request")
}

#[test]
fn a_request_that_a_replica_refuses_is_sent_whole_to_another_one() {
    let server = HttpUpstream::start();
    let refusing = refusing_url();
    let host = never_ejected(&[&refusing, &server.url()]).start();
    for _ in 0..6 {
        assert_completes(&host);
    }
    assert_eq!(completions(&server), 6);
    assert!(metric(&host, "upstream_failovers_total{upstream=\"upstream\"}") >= 1);
    let failures = "upstream_failures_total{upstream=\"upstream\",reason=\"connect\"}";
    assert!(metric(&host, failures) >= 1);
}

#[test]
fn a_request_whose_connection_takes_too_long_is_sent_to_another_replica() {
    let (server, silent) = (HttpUpstream::start(), SilentListener::start());
    let silent_url = format!("http://{}", silent.address());
    let host = never_ejected(&[&silent_url, &server.url()])
        .property("upstream_connect_timeout_sec", "1")
        .start();
    for _ in 0..2 {
        assert_completes(&host);
    }
    let failures = "upstream_failures_total{upstream=\"upstream\",reason=\"connect_timeout\"}";
    eventually("the silent one has its turn", || {
        assert_completes(&host);
        (metric(&host, failures) >= 1).then_some(())
    });
}

#[test]
fn a_request_is_sent_to_another_replica_when_the_connections_of_one_are_in_use() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = never_ejected(&[&servers[0].url(), &servers[1].url()])
        .property("upstream_connections_max", "1")
        // A client may have its response before the connection is free for the next request.
        .property("upstream_queue_timeout_sec", "1")
        .property("upstream_failures_max", "1")
        .start();
    let mut held = host.connect(Listener::Inference);
    let request = completion(&host).header("x-behaviour", "test");
    held.send(&request.header("x-number", "1").to_bytes());
    let exchange = holder(&servers, 1).next_exchange();
    for _ in 0..4 {
        assert_completes(&host);
    }
    // One that is busy is not down.
    for server in &servers {
        assert_eq!(metric(&host, &of_replica("healthy", &server.url())), 1);
    }
    drop(exchange);
}

#[test]
fn each_replica_is_tried_once() {
    let urls = [refusing_url(), refusing_url(), refusing_url()];
    let host = never_ejected(&urls.each_ref().map(String::as_str)).start();
    let response = complete(&host);
    assert_eq!(response.status, 502, "{response:?}");
    assert_eq!(response.json()["type"], "BadGatewayException");
    let failures = "upstream_failures_total{upstream=\"upstream\",reason=\"connect\"}";
    assert_eq!(metric(&host, failures), 3);
    assert_eq!(
        metric(&host, "upstream_failovers_total{upstream=\"upstream\"}"),
        2
    );
}

/// As one that crashes on a request.
#[test]
fn a_request_that_reached_a_replica_is_never_sent_to_another_one() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = never_ejected(&[&servers[0].url(), &servers[1].url()]).start();
    for count in 1..=4 {
        let mut client = host.connect(Listener::Inference);
        let request = completion(&host).header("x-behaviour", "test");
        client.send(&request.header("x-number", count.to_string()).to_bytes());
        let server = holder(&servers, count);
        // Closes the connection before the head of the response.
        drop(server.next_exchange());
        let response = client.receive();
        assert_eq!(response.status, 502, "{response:?}");
        let total: usize = servers.iter().map(completions).sum();
        assert_eq!(total, count);
    }
    assert_eq!(
        metric(&host, "upstream_failovers_total{upstream=\"upstream\"}"),
        0
    );
}

#[test]
fn a_request_to_a_replica_that_hangs_is_504_and_never_sent_to_another_one() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = never_ejected(&[&servers[0].url(), &servers[1].url()])
        .property("upstream_response_timeout_sec", "1")
        .property("upstream_failures_max", "1")
        .property("upstream_ejection_sec", "3600")
        .property("upstream_ejection_max_sec", "3600")
        .start();
    let mut client = host.connect(Listener::Inference);
    let request = completion(&host).header("x-behaviour", "test");
    client.send(&request.header("x-number", "1").to_bytes());
    let hanging = holder(&servers, 1);
    let _held = hanging.next_exchange();
    let response = client.receive();
    assert_eq!(response.status, 504, "{response:?}");
    assert_eq!(servers.iter().map(completions).sum::<usize>(), 1);

    // It is ejected, and the other one has all requests.
    assert_eq!(metric(&host, &of_replica("healthy", &hanging.url())), 0);
    for _ in 0..4 {
        assert_completes(&host);
    }
    assert_eq!(completions(hanging), 1);
}
