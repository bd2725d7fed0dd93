//! Upstreams, profiles and what belongs to them change with the configuration.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use integration_tests::{
    Client, Host, HostBuilder, Listener, PluginFolder, Request, eventually, get, post,
    upstream::HttpUpstream,
};

use super::{
    EndOfScope, hang_up, post_reload,
    settings::{set, unset},
};
use crate::expect::{assert_denied, who_may};

mod files;
mod refused;
mod replicas;

fn protected() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

fn in_front_of(upstreams: &[&HttpUpstream]) -> HostBuilder {
    protected().upstream(&urls(upstreams), "vllm")
}

fn urls(upstreams: &[&HttpUpstream]) -> String {
    let urls: Vec<_> = upstreams.iter().map(|one| one.url()).collect();
    urls.join(",")
}

fn completion(host: &Host) -> Request {
    let request = post("/v1/completions").body("{}");
    request.key(&host.keys().inference.key)
}

#[track_caller]
fn assert_forwarded(host: &Host, upstream: &HttpUpstream) {
    let before = upstream.requests().len();
    assert_eq!(host.inference(&completion(host)).status, 200);
    assert_eq!(upstream.requests().len(), before + 1);
}

#[track_caller]
fn assert_reloaded(host: &Host, generation: u32) {
    let line = hang_up(host);
    let serves = format!("generation {generation} serves");
    assert!(line.ends_with(&serves), "{line}\n{}", host.log().text());
}

/// The line of a metric, without its name.
fn metric(host: &Host, name: &str) -> Option<String> {
    let response = host.metrics(&get("/host/metrics"));
    let text = response.text();
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.next().map(|value| value.trim().to_owned())
}

fn health(host: &Host, url: &str) -> Option<String> {
    metric(
        host,
        &format!("host_demo_upstream_replica_healthy{{upstream=\"upstream\",address=\"{url}\"}}"),
    )
}

/// Also on a connection that was there before.
#[test]
fn a_replica_that_was_replaced_gets_no_more_requests() {
    for client in Client::ALL {
        let (old, new) = (HttpUpstream::start(), HttpUpstream::start());
        let host = in_front_of(&[&old])
            .property("number_of_netty_threads", "1")
            .start();
        let mut open = host.connect(Listener::Inference);
        assert_eq!(open.exchange(&completion(&host)).status, 200);
        assert_forwarded(&host, &old);

        set(&host, "upstream", &new.url());
        assert_reloaded(&host, 2);

        assert_eq!(open.exchange(&completion(&host)).status, 200);
        let response = client.exchange(&host, Listener::Inference, &completion(&host));
        assert_eq!(response.status, 200);
        assert_eq!(old.requests().len(), 2, "{client:?}");
        assert_eq!(new.requests().len(), 2, "{client:?}");
        assert_eq!(health(&host, &old.url()), None);
        assert_eq!(health(&host, &new.url()).as_deref(), Some("1"));
        eventually("the connections to the old one are closed", || {
            (old.open_connections() == 0).then_some(())
        });
    }
}

#[test]
fn a_stream_that_runs_ends_on_the_upstream_where_it_began() {
    for client in Client::ALL {
        let (old, new) = (HttpUpstream::start(), HttpUpstream::start());
        let host = in_front_of(&[&old]).start();
        let request = completion(&host).header("x-behaviour", "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = old.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);

        set(&host, "upstream", &new.url());
        assert_reloaded(&host, 2);
        assert_forwarded(&host, &new);

        exchange.send("event");
        assert_eq!(stream.read_at_least(5).expect("the event"), b"event");
        exchange.finish();
        let (rest, end) = stream.rest();
        assert!(rest.is_empty() && end.is_ok(), "{client:?}");
    }
}

/// A limit counts what runs on the old upstream, too.
#[test]
fn requests_that_run_count_for_the_limit_of_all() {
    let (old, new) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of(&[&old])
        .property("max_concurrent_requests", "1")
        .start();
    let request = completion(&host).header("x-behaviour", "test");
    let mut stream = Client::Http1.start(host.address(Listener::Inference), &request);
    let mut exchange = old.next_exchange();
    exchange.respond_with_events();
    assert_eq!(stream.head().status, 200);

    set(&host, "upstream", &new.url());
    assert_reloaded(&host, 2);
    assert_eq!(host.inference(&completion(&host)).status, 503);

    exchange.finish();
    assert!(stream.rest().1.is_ok());
    eventually("there is room again", || {
        (host.inference(&completion(&host)).status == 200).then_some(())
    });
}

#[test]
fn connections_stay_where_nothing_of_the_upstreams_changed() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&[&upstream])
        .property("number_of_netty_threads", "1")
        .start();
    assert_forwarded(&host, &upstream);
    set(&host, "token_auth_status", "standard");
    set(&host, "upstream_read_timeout_sec", "200");
    set(&host, "max_concurrent_requests", "100");
    assert_reloaded(&host, 2);
    assert_forwarded(&host, &upstream);
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn an_upstream_comes_and_goes() {
    let upstream = HttpUpstream::start();
    let host = protected().start();
    let request = || get("/models").key(&host.keys().management.key);
    let models_of_host = host.management(&request());
    assert_eq!(models_of_host.status, 200);

    set(&host, "upstream", &upstream.url());
    set(&host, "upstream_profile", "torchserve");
    assert_reloaded(&host, 2);
    assert_eq!(host.management(&request()).json()["target"], "/models");
    assert_denied(&host.management(&get("/models")));
    assert_eq!(health(&host, &upstream.url()).as_deref(), Some("1"));

    unset(&host, "upstream");
    unset(&host, "upstream_profile");
    assert_reloaded(&host, 3);
    assert_eq!(host.management(&request()).text(), models_of_host.text());
    assert_eq!(health(&host, &upstream.url()), None);
}

/// Requests come over HTTP/1.1 and HTTP/2, in the moment of each change as well.
#[test]
fn forty_changes_lose_no_request() {
    let servers = [HttpUpstream::start(), HttpUpstream::start()];
    let host = in_front_of(&[&servers[0]]).start();
    let (is_done, request) = (AtomicBool::new(false), completion(&host));
    thread::scope(|scope| {
        let _end = EndOfScope(&is_done);
        for client in Client::ALL {
            let (host, is_done, request) = (&host, &is_done, &request);
            scope.spawn(move || {
                while !is_done.load(Ordering::Acquire) {
                    let response = client.exchange(host, Listener::Inference, request);
                    assert_eq!(response.status, 200, "{response:?}");
                }
            });
        }
        for (generation, server) in (2..42).zip([1, 0].into_iter().cycle()) {
            let before = servers[server].requests().len();
            set(&host, "upstream", &servers[server].url());
            assert_reloaded(&host, generation);
            let _ = servers[server].wait_for_requests(before + 1);
        }
    });
}
