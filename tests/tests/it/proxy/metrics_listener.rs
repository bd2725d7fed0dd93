//! The metrics listener in front of an upstream.

use integration_tests::{Host, HostBuilder, PluginFolder, get, post, upstream::HttpUpstream};

use super::{in_front_of, with_upstream};

fn with_token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

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
fn it_opens_nothing_else_of_the_upstream_without_a_key() {
    let upstream = HttpUpstream::start();
    let url = upstream.url();
    for profile in [None, Some("vllm")] {
        let host = match profile {
            None => in_front_of(&url),
            Some(profile) => with_token_plugin().upstream(&url, profile),
        };
        let host = host.property("upstream_metrics", &url).start();
        for request in [
            post("/v1/chat/completions"),
            get("/v1/models"),
            get("/health"),
            get("/metrics/"),
            get("/%6detrics"),
            post("/metrics"),
            post("/collective_rpc"),
        ] {
            host.metrics(&request);
        }
        assert_eq!(upstream.requests().len(), 0, "{profile:?}");
    }
}

#[test]
fn what_the_profile_has_as_metrics_is_forwarded_with_it() {
    let upstream = HttpUpstream::start();
    let host = with_token_plugin()
        .upstream(&upstream.url(), "vllm")
        .property("upstream_metrics", &upstream.url())
        .start();

    for path in ["/metrics", "/load"] {
        let forwarded = host.metrics(&get(path));
        assert_eq!(forwarded.json()["target"], path, "{forwarded:?}");
    }
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
