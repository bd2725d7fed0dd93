use std::time::Duration;

use http::StatusCode;
use prometheus_client::metrics::gauge::Gauge;

use super::*;

fn metrics() -> Metrics {
    let listeners = ["inference", "management", "metrics", "grpc"];
    Metrics::new(listeners.map(str::to_owned).to_vec(), 2)
}

#[test]
fn every_listener_is_counted_however_many_there_are() {
    let metrics = metrics();
    for (number, &listener) in metrics.listeners().iter().enumerate() {
        for _ in 0..=number {
            metrics.workers()[1].count_request(listener, StatusCode::OK);
        }
    }
    let text = metrics.render(Vec::new(), &Registry::default());
    for (listener, count) in [
        ("inference", 1),
        ("management", 2),
        ("metrics", 3),
        ("grpc", 4),
    ] {
        let line =
            format!("host_demo_requests_total{{listener=\"{listener}\",status=\"200\"}} {count}\n");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn a_status_outside_of_http_is_counted_as_other() {
    let metrics = metrics();
    let status = StatusCode::from_u16(799).unwrap();
    metrics.workers()[0].count_request(metrics.listeners()[0], status);
    let line = "host_demo_requests_total{listener=\"inference\",status=\"other\"} 1\n";
    assert!(
        metrics
            .render(Vec::new(), &Registry::default())
            .contains(line)
    );
}

#[test]
fn every_outcome_of_a_check_has_a_counter_of_its_own() {
    let metrics = metrics();
    for kind in worker::token_types() {
        for &outcome in CheckOutcome::ALL {
            metrics.workers()[0].count_token_check(kind, outcome);
        }
    }
    let text = metrics.render(Vec::new(), &Registry::default());
    let lines = text.lines();
    let checks: Vec<_> = lines
        .filter(|line| line.starts_with("host_demo_token_checks_total{"))
        .collect();
    assert_eq!(checks.len(), 3 * CheckOutcome::ALL.len());
    assert!(checks.iter().all(|line| line.ends_with(" 1")), "{checks:?}");
}

#[test]
fn requests_are_counted_by_the_name_of_their_key() {
    let metrics = metrics();
    let key = NonZeroU64::new(7).unwrap();
    metrics.workers()[0].count_key(key);
    metrics.workers()[1].count_key(key);
    metrics.collect_principals(&|_| Some("inference".to_owned()));
    let line = "host_demo_principal_requests_total{principal=\"inference\"} 2\n";
    assert!(
        metrics
            .render(Vec::new(), &Registry::default())
            .contains(line)
    );
}

#[test]
fn tls_is_shown_where_there_is_tls() {
    let metrics = metrics();
    assert!(
        !metrics
            .render(Vec::new(), &Registry::default())
            .contains("host_demo_tls")
    );
    let listener = metrics.listeners()[1];
    metrics.tls().expose(&[listener]);
    metrics
        .tls()
        .count_handshake_failure(listener, HandshakeFailure::Timeout);
    metrics.tls().count_reload(false);
    let expiration = Duration::from_secs(2_524_608_000);
    metrics.tls().set_expiration("a.pem".as_ref(), expiration);
    let text = metrics.render(Vec::new(), &Registry::default());
    for line in [
        "tls_handshake_failures_total{listener=\"management\",reason=\"timeout\"} 1",
        "tls_handshake_failures_total{listener=\"management\",reason=\"not_tls\"} 0",
        "tls_reloads_total{outcome=\"failed\"} 1",
        "tls_reloads_total{outcome=\"succeeded\"} 0",
        "tls_certificate_expiration_timestamp_seconds{file=\"a.pem\"} 2524608000",
    ] {
        assert!(
            text.contains(&format!("\nhost_demo_{line}\n")),
            "{line}: {text}"
        );
    }
}

#[test]
fn metrics_of_plugins_come_before_the_end_mark() {
    let mut plugins = Registry::with_prefix("plugin_x");
    plugins.register("age_seconds", "Help", Gauge::<i64>::default());
    let text = metrics().render(Vec::new(), &plugins);
    assert!(text.contains("\nplugin_x_age_seconds 0\n"), "{text}");
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
}
