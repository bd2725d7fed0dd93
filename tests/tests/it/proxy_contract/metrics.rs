//! `/metrics`, `/host/metrics`, `/ready` and `/ping` where the metrics have an upstream of their own.

use integration_tests::{Listener, get, upstream::HttpUpstream};

use super::front::Front;

/// Without a key, which is not passed on if there is one.
#[test]
fn with_upstream_metrics_the_listener_forwards_and_the_hosts_own_are_at_host_metrics() {
    let metrics = HttpUpstream::start();
    let url = metrics.url();
    for front in Front::start_all(|builder| builder.property("upstream_metrics", &url)) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            let before = metrics.requests().len();
            for request in [
                get("/metrics?x=y"),
                get("/metrics?x=y").key("any"),
                get("/metrics?x=y").key(&keys.inference.key),
            ] {
                let response = caller.metrics(&request);
                assert_eq!(response.json()["target"], "/metrics?x=y", "{response:?}");
                let seen = metrics.requests().pop().expect("a request");
                assert_eq!(seen.header("authorization"), None);
            }
            assert_eq!(metrics.requests().len(), before + 3);
            for (path, text) in [
                ("/host/metrics", "host_demo_"),
                ("/ready", "Ready"),
                ("/ping", "Healthy"),
                ("/api-description", "/host/metrics"),
            ] {
                let response = caller.metrics(&get(path));
                assert_eq!(response.status, 200, "{path} {response:?}");
                assert!(response.text().contains(text), "{path} {response:?}");
            }
            assert_eq!(metrics.requests().len(), before + 3);
        }
        assert_eq!(front.connections(), 0);
    }
}

/// Elsewhere they are of the API of that listener.
#[test]
fn with_upstream_metrics_the_other_listeners_are_as_before() {
    let metrics = HttpUpstream::start();
    let url = metrics.url();
    for front in Front::start_all(|builder| builder.property("upstream_metrics", &url)) {
        let key = front.host.keys().management.key;
        for mut caller in front.callers() {
            let before = front.management().requests().len();
            let response = caller.management(&get("/metrics").key(&key));
            assert_eq!(response.json()["target"], "/metrics", "{response:?}");
            assert_eq!(front.management().requests().len(), before + 1);
            caller.assert_denied(Listener::Management, &get("/metrics"));
        }
    }
    assert_eq!(metrics.connections(), 0);
}

#[test]
fn without_upstream_metrics_both_paths_are_the_hosts_own() {
    for front in Front::start_all(|builder| builder) {
        for mut caller in front.callers() {
            for path in ["/metrics", "/host/metrics"] {
                let response = caller.metrics(&get(path));
                assert!(
                    response.text().contains("host_demo_"),
                    "{path} {response:?}"
                );
            }
        }
        assert_eq!(front.connections(), 0);
    }
}
