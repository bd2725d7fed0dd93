use http::StatusCode;

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
    let text = metrics.render();
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
    assert!(metrics.render().contains(line));
}

#[test]
fn every_outcome_of_a_check_has_a_counter_of_its_own() {
    let metrics = metrics();
    for &kind in KeyKind::ALL {
        for &outcome in CheckOutcome::ALL {
            metrics.workers()[0].count_token_check(kind, outcome);
        }
    }
    let text = metrics.render();
    let lines = text.lines();
    let checks: Vec<_> = lines
        .filter(|line| line.starts_with("host_demo_token_checks_total{"))
        .collect();
    assert_eq!(checks.len(), KeyKind::ALL.len() * CheckOutcome::ALL.len());
    assert!(checks.iter().all(|line| line.ends_with(" 1")), "{checks:?}");
}
