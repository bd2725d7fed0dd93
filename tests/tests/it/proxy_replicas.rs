//! Several replicas of a model server: which of them gets a request, and which gets none.

use std::net::SocketAddr;

use integration_tests::{
    Host, HostBuilder, Listener, PluginFolder, Request, Response, eventually, get, post,
    upstream::{HttpUpstream, SilentListener, refusing_address},
};

mod failover;
mod health;
mod outage;

/// A host in front of replicas, which it does not probe.
fn unprobed(urls: &[&str]) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .upstream(&urls.join(","), "vllm")
}

/// `POST /v1/completions` with the inference key.
fn completion(host: &Host) -> Request {
    post("/v1/completions")
        .body("body")
        .key(&host.keys().inference.key)
}

fn complete(host: &Host) -> Response {
    host.inference(&completion(host))
}

#[track_caller]
fn assert_completes(host: &Host) {
    let response = complete(host);
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["body"], "body");
}

/// How many completions a server got.
fn completions(server: &HttpUpstream) -> usize {
    let requests = server.requests();
    let completions = requests
        .iter()
        .filter(|one| one.target == "/v1/completions");
    completions.count()
}

fn address(server: &HttpUpstream) -> SocketAddr {
    server.authority().parse().expect("an address")
}

/// The URL of a refusing address.
fn refusing_url() -> String {
    format!("http://{}", refusing_address())
}

/// The value of a metric of the host.
fn metric(host: &Host, name: &str) -> u64 {
    let response = host.metrics(&get("/host/metrics"));
    let start = format!("host_demo_{name} ");
    let line = response
        .text()
        .lines()
        .find(|line| line.starts_with(&start));
    let value = line.unwrap_or_else(|| panic!("no {start}in {}", response.text()));
    value[start.len()..].parse().expect("a number")
}

fn of_replica(name: &str, url: &str) -> String {
    format!("upstream_replica_{name}{{upstream=\"upstream\",address=\"{url}\"}}")
}

#[test]
fn idle_replicas_get_requests_in_turn() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = unprobed(&[&servers[0].url(), &servers[1].url()]).start();
    for _ in 0..6 {
        assert_completes(&host);
        // The end of a response is seen by the client first.
        for server in &servers {
            let in_flight = of_replica("requests_in_flight", &server.url());
            eventually("it is idle", || {
                (metric(&host, &in_flight) == 0).then_some(())
            });
        }
    }
    assert_eq!(servers.each_ref().map(completions), [3, 3]);
}

#[test]
fn the_replica_with_the_fewest_requests_gets_the_next_one() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = unprobed(&[&servers[0].url(), &servers[1].url()]).start();
    let mut held = host.connect(Listener::Inference);
    held.send(&completion(&host).header("x-behaviour", "test").to_bytes());
    let busy = eventually("a replica has the request", || {
        servers.iter().position(|server| completions(server) == 1)
    });
    let mut exchange = servers[busy].next_exchange();
    let other = 1 - busy;
    for _ in 0..5 {
        assert_completes(&host);
        let in_flight = of_replica("requests_in_flight", &servers[other].url());
        eventually("it is idle", || {
            (metric(&host, &in_flight) == 0).then_some(())
        });
    }
    assert_eq!(completions(&servers[other]), 5);
    let in_flight = of_replica("requests_in_flight", &servers[busy].url());
    assert_eq!(metric(&host, &in_flight), 1);

    // The head of the response does not end the request.
    exchange.respond(200, &[]);
    assert_eq!(metric(&host, &in_flight), 1);
    exchange.finish();
    assert_eq!(held.receive().status, 200);
    eventually("it is idle", || {
        (metric(&host, &in_flight) == 0).then_some(())
    });
}

#[test]
fn each_replica_is_told_its_own_authority() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let refusing = refusing_url();
    let host = unprobed(&[&servers[0].url(), &refusing, &servers[1].url()]).start();
    eventually("each has a request", || {
        assert_completes(&host);
        servers.iter().all(|one| completions(one) > 0).then_some(())
    });
    for server in &servers {
        for request in server.requests() {
            assert_eq!(request.header("host"), Some(server.authority().as_str()));
        }
    }
}
