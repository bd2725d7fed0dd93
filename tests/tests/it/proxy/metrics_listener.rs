//! The metrics listener in front of an upstream.

use integration_tests::{get, upstream::HttpUpstream};

use super::{in_front_of, with_upstream};

#[test]
fn with_upstream_metrics_the_hosts_own_are_at_host_metrics() {
    let (inference, metrics) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of(&inference.url())
        .property("upstream_metrics", &metrics.url())
        .start();

    let forwarded = host.metrics(&get("/metrics?x=y"));
    assert_eq!(forwarded.json()["target"], "/metrics?x=y", "{forwarded:?}");
    let own = host.metrics(&get("/host/metrics"));
    assert!(own.text().contains("host_demo_"), "{own:?}");
    for path in ["/ping", "/ready"] {
        assert_eq!(host.metrics(&get(path)).status, 200, "{path}");
    }
    assert_eq!(metrics.requests().len(), 1);
    assert_eq!(inference.connections(), 0);
}

#[test]
fn without_it_both_paths_are_the_hosts_own() {
    let (host, upstream) = with_upstream();

    for path in ["/metrics", "/host/metrics"] {
        let own = host.metrics(&get(path));
        assert!(own.text().contains("host_demo_"), "{path} {own:?}");
    }
    assert_eq!(upstream.connections(), 0);
}
