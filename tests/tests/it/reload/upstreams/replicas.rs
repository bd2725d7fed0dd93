//! Which replicas go on, and which are not asked any more.

use integration_tests::upstream::refusing_address;

use super::*;

#[test]
fn a_replica_that_was_removed_is_not_probed_any_more() {
    let (stays, goes) = (HttpUpstream::start(), HttpUpstream::start());
    let host = protected()
        .property("upstream", &urls(&[&stays, &goes]))
        .property("upstream_profile", "vllm")
        .property("upstream_health_interval_sec", "1")
        .start();
    let _ = (stays.wait_for_requests(1), goes.wait_for_requests(1));

    set(&host, "upstream", &stays.url());
    assert_reloaded(&host, 2);

    let probes = goes.requests().len();
    let _ = stays.wait_for_requests(stays.requests().len() + 3);
    assert_eq!(goes.requests().len(), probes);

    set(&host, "upstream_health_path", "none");
    assert_reloaded(&host, 3);
    let probes = stays.requests().len();
    set(&host, "upstream", &goes.url());
    set(&host, "upstream_health_path", "/health");
    let before = goes.requests().len();
    assert_reloaded(&host, 4);
    let _ = goes.wait_for_requests(before + 3);
    assert_eq!(stays.requests().len(), probes);
}

/// Nobody has to find out again that it is down, and its requests count on.
#[test]
fn a_replica_that_stays_keeps_what_is_known_of_it() {
    let (first, second) = (HttpUpstream::start(), HttpUpstream::start());
    let refusing = format!("http://{}", refusing_address());
    let list = format!("{refusing},{}", first.url());
    let host = protected()
        .upstream(&list, "vllm")
        .property("upstream_failures_max", "1")
        .property("upstream_ejection_sec", "3600")
        .property("upstream_ejection_max_sec", "3600")
        .start();
    eventually("it is found down", || {
        assert_eq!(host.inference(&completion(&host)).status, 200);
        (health(&host, &refusing).as_deref() == Some("0")).then_some(())
    });
    let failovers = || {
        let name = "host_demo_upstream_failovers_total{upstream=\"upstream\"}";
        metric(&host, name)
    };
    let before = failovers();
    assert_ne!(before.as_deref(), Some("0"));
    let request = completion(&host).header("x-behaviour", "test");
    let mut held = Client::Http1.start(host.address(Listener::Inference), &request);
    let mut exchange = first.next_exchange();

    set(&host, "upstream", &format!("{list},{}", second.url()));
    assert_reloaded(&host, 2);

    assert_eq!(health(&host, &refusing).as_deref(), Some("0"));
    // The other one has fewer requests.
    assert_forwarded(&host, &second);
    assert_eq!(failovers(), before);
    exchange.respond(200, &[]);
    exchange.finish();
    assert_eq!(held.head().status, 200);
    assert!(held.rest().1.is_ok());
}
