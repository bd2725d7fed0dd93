//! `/metrics` on the metrics listener, in Prometheus' text form.

use std::{collections::BTreeMap, fs};

use integration_tests::{Host, HostBuilder, PluginFolder, get, put, repository};

use crate::expect::rotate;

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

/// All samples by their name with labels.
pub(crate) fn samples(host: &Host) -> BTreeMap<String, f64> {
    let response = host.metrics(&get("/metrics"));
    assert_eq!(response.status, 200, "{response:?}");
    let lines = response.text().lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

/// The value of one sample, 0 if it is missing.
pub(crate) fn sample(host: &Host, name: &str) -> f64 {
    samples(host).get(name).copied().unwrap_or_default()
}

#[track_caller]
fn assert_counts(host: &Host, name: &str, times: u8, mut work: impl FnMut()) {
    let before = sample(host, name);
    for _ in 0..times {
        work();
    }
    let counted = sample(host, name) - before;
    let expected = f64::from(times);
    assert!(
        (counted - expected).abs() < f64::EPSILON,
        "{name} counted {counted}"
    );
}

/// Content type, and a help and a type line for each family.
#[test]
fn the_form_is_that_of_prometheus() {
    let host = token_plugin().start();
    let response = host.metrics(&get("/metrics"));

    let content_type = response.header("content-type").expect("a content type");
    assert!(
        content_type.starts_with("text/plain")
            || content_type.starts_with("application/openmetrics-text"),
        "{content_type}"
    );
    let text = response.text();
    for family in ["requests", "token_checks"] {
        assert!(
            text.contains(&format!("# HELP host_demo_{family} ")),
            "{text}"
        );
        assert!(
            text.contains(&format!("# TYPE host_demo_{family} counter")),
            "{text}"
        );
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn requests_are_counted_by_listener_and_status() {
    let host = token_plugin().start();
    let keys = host.keys();
    let allowed = r#"host_demo_requests_total{listener="inference",status="200"}"#;
    let denied = r#"host_demo_requests_total{listener="management",status="400"}"#;
    let missing = r#"host_demo_requests_total{listener="metrics",status="404"}"#;

    assert_counts(&host, allowed, 3, || {
        host.inference(&get("/ping").key(&keys.inference.key));
    });
    assert_counts(&host, denied, 4, || {
        host.management(&get("/models"));
    });
    assert_counts(&host, missing, 2, || {
        host.metrics(&get("/none"));
    });
}

#[test]
fn token_checks_are_counted_by_kind_and_verdict() {
    let host = token_plugin().start();
    let keys = host.keys();
    let name = |kind: &str, verdict: &str| {
        format!(r#"host_demo_token_checks_total{{kind="{kind}",verdict="{verdict}"}}"#)
    };

    assert_counts(&host, &name("inference", "allowed"), 2, || {
        host.inference(&get("/ping").key(&keys.inference.key));
    });
    assert_counts(&host, &name("inference", "missing"), 2, || {
        host.inference(&get("/ping"));
    });
    assert_counts(&host, &name("management", "invalid"), 2, || {
        host.management(&get("/models").key("wrong"));
    });
    assert_counts(&host, &name("token", "scope"), 2, || {
        host.management(&get("/token").key(&keys.management.key));
    });
}

/// In `/metrics` alone: the client gets the same bytes as with an unknown key.
#[test]
fn an_expired_key_is_counted_apart_from_an_unknown_one_and_answered_alike() {
    for form in ["torchserve", "standard"] {
        let host = token_plugin()
            .property("token_expiration_min", "0.02")
            .property("token_auth_status", form)
            .start();
        let expired = host.keys().inference;
        expired.wait_until_expired();
        let verdict = |verdict: &str| {
            format!(r#"host_demo_token_checks_total{{kind="inference",verdict="{verdict}"}}"#)
        };
        let mut answers = Vec::new();
        for (label, key) in [("expired", &expired.key), ("invalid", &"A".repeat(43))] {
            assert_counts(&host, &verdict(label), 2, || {
                let mut denied = host.inference(&get("/ping").key(key));
                denied.headers.retain(|(name, _)| name != "date");
                answers.push((denied.status, denied.headers, denied.body));
            });
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
}

/// A failed rotation is not.
#[test]
fn rotations_are_counted() {
    let host = token_plugin().start();
    let api = host.keys().api;
    let management = r#"host_demo_token_rotations_total{kind="management"}"#;

    assert_counts(&host, management, 3, || rotate(&host, "management"));
    assert_counts(&host, management, 0, || rotate(&host, "inference"));
    let before = samples(&host);
    host.management(&get("/token?type=x").key(&api));
    host.management(&get("/token?type=management"));
    let rotations = |all: &BTreeMap<String, f64>| {
        let mut all = all.clone();
        all.retain(|name, _| name.contains("rotations"));
        all
    };
    assert_eq!(rotations(&before), rotations(&samples(&host)));
}

/// Errors and panics, by plugin.
#[test]
fn plugin_errors_are_counted() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-echo"))
        .start();
    let name = r#"host_demo_plugin_errors_total{plugin="fixture-echo"}"#;
    assert_counts(&host, name, 2, || {
        host.inference(&get("/responses?error=x"));
    });

    let host = crate::plugins::panics_in("get").start();
    let name = r#"host_demo_plugin_errors_total{plugin="fixture-panics"}"#;
    assert_counts(&host, name, 2, || {
        host.inference(&get("/panics").key(crate::plugins::INFERENCE_KEY));
    });
}

#[test]
fn inference_latency_is_a_histogram_by_model() {
    let host = Host::builder().models("digits=digits.onnx").start();
    let image = fs::read(repository().join("models/digits/samples/1.png")).expect("a sample");
    let count = r#"host_demo_inference_latency_seconds_count{model="digits"}"#;

    assert_counts(&host, count, 3, || {
        let response = host.inference(&put("/predictions/digits").body(image.clone()));
        assert_eq!(response.status, 200);
    });
    let text = host.metrics(&get("/metrics")).text().to_owned();
    assert!(
        text.contains("# TYPE host_demo_inference_latency_seconds histogram"),
        "{text}"
    );
    let all = samples(&host);
    assert!(all[r#"host_demo_inference_latency_seconds_sum{model="digits"}"#] > 0.0);
    let last = all
        .iter()
        .find(|(name, _)| name.contains("latency_seconds_bucket") && name.contains("+Inf"));
    assert!(last.is_some_and(|(_, value)| (value - 3.0).abs() < f64::EPSILON));
}

/// Names that callers choose do not become labels, so the number of samples is bounded.
#[test]
fn requests_without_a_key_do_not_add_samples() {
    let host = token_plugin().models("digits=digits.onnx").start();
    let request_unknown_names = |number: usize| {
        host.inference(&get(&format!("/none/{number}")));
        host.inference(&put(&format!("/predictions/none{number}")).body("x"));
        host.management(&get(&format!("/models/none{number}")));
    };
    // The first request of the metrics is counted itself.
    samples(&host);
    request_unknown_names(0);
    let before = samples(&host).len();

    (1..50).for_each(request_unknown_names);

    assert_eq!(samples(&host).len(), before);
}
