//! What an operator sees: `/ready`, the metrics of plugins, and whose key a request carried.

use std::process::Command;

use integration_tests::{Host, HostBuilder, PluginFolder, get, put};

use crate::expect::rotate;

fn operated() -> HostBuilder {
    let plugins = PluginFolder::new().with("token-plugin");
    Host::builder().plugins(plugins.with("fixture-operated"))
}

fn set_state(host: &Host, state: &str) {
    let path = format!("/operated?state={state}");
    let response = host.inference(&put(&path).key(&host.keys().inference.key));
    assert_eq!(response.status, 200, "{response:?}");
}

/// As an owner computes it: `printf %s KEY | sha256sum | cut -c1-16`.
fn id_of(key: &str) -> String {
    let command = format!("printf %s {key} | sha256sum | cut -c1-16");
    let output = Command::new("sh").arg("-c").arg(command).output();
    let output = output.expect("sh runs").stdout;
    String::from_utf8_lossy(&output).trim().to_owned()
}

fn metrics(host: &Host) -> String {
    host.metrics(&get("/metrics")).text().to_owned()
}

#[test]
fn ready_needs_no_key_on_the_metrics_listener() {
    let host = operated().start();
    let response = host.metrics(&get("/ready"));
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["status"], "Ready");
}

#[test]
fn a_plugin_that_cannot_do_its_work_makes_the_server_not_ready_and_says_why() {
    let host = operated().start();
    set_state(&host, "unready");
    let response = host.metrics(&get("/ready"));
    assert_eq!(response.status, 503);
    let body = response.json();
    assert_eq!(body["type"], "ServiceUnavailableException");
    assert_eq!(
        body["message"],
        "Not ready: fixture-operated: the store of keys cannot be reached"
    );
    set_state(&host, "ready");
    assert_eq!(host.metrics(&get("/ready")).status, 200);
}

#[test]
fn a_plugin_that_does_not_answer_makes_the_server_not_ready_and_leaves_the_rest_alone() {
    let host = operated().start();
    set_state(&host, "blocked");
    let response = host.metrics(&get("/ready"));
    assert_eq!(response.status, 503);
    assert_eq!(
        response.json()["message"],
        "Not ready: a plugin does not respond in time."
    );
    let metrics = metrics(&host);
    assert!(metrics.contains("host_demo_plugin_timeouts_total{call=\"ready\"} 1\n"));
    assert!(metrics.contains("host_demo_plugin_timeouts_total{call=\"metrics\"} 1\n"));
    assert!(!metrics.contains("plugin_fixture_operated"));
    let ping = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&ping).status, 200);
    set_state(&host, "ready");
}

#[test]
fn the_metrics_of_a_plugin_stand_under_its_name() {
    let host = operated().start();
    let metrics = metrics(&host);
    for line in [
        "# TYPE plugin_fixture_operated_unready gauge\n",
        "plugin_fixture_operated_unready{} 0.0\n",
        "# TYPE plugin_fixture_operated_rotations counter\n",
        "plugin_fixture_operated_rotations_total{kind=\"api \\\"key\\\"\"} 3.0\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn requests_are_counted_by_the_name_of_their_key() {
    let host = operated().start();
    let keys = host.keys();
    for _ in 0..3 {
        host.inference(&get("/ping").key(&keys.inference.key));
    }
    host.management(&get("/models").key(&keys.management.key));
    let metrics = metrics(&host);
    for line in [
        "host_demo_principal_requests_total{principal=\"inference\"} 3\n",
        "host_demo_principal_requests_total{principal=\"management\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line}{metrics}");
    }
}

#[test]
fn requests_with_a_key_that_was_replaced_since_are_counted_under_its_name() {
    let host = operated().start();
    let ping = get("/ping").key(&host.keys().inference.key);
    host.inference(&ping);
    rotate(&host, "inference");
    let metrics = metrics(&host);
    let line = "host_demo_principal_requests_total{principal=\"inference\"} 1\n";
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn an_endpoint_is_told_the_id_of_the_key_and_never_the_key() {
    let host = operated().start();
    let key = host.keys().inference.key;
    let response = host.inference(&get("/operated").key(&key));
    assert_eq!(response.text(), id_of(&key));
}

#[test]
fn the_access_log_names_the_key_of_a_request() {
    let mut host = operated().argument("--access-log").start();
    let keys = host.keys();
    host.inference(&get("/ping").key(&keys.inference.key));
    // A key of another kind is denied, and known all the same.
    host.inference(&get("/ping").key(&keys.management.key));
    host.inference(&get("/none/at/all"));
    assert!(host.stop().success());

    let text = host.log().text();
    let ends = |path: &str, end: &str| {
        let mut lines = text.lines().filter(|line| line.contains(path));
        assert!(lines.any(|line| line.ends_with(end)), "{end}: {text}");
    };
    ends("\"GET /ping HTTP/1.1\" 200 ", " principal=inference");
    ends("\"GET /ping HTTP/1.1\" 400 ", " principal=management");
    let unnamed = text.lines().find(|line| line.contains("/none/at/all"));
    assert!(
        unnamed.is_some_and(|line| !line.contains("principal=")),
        "{text}"
    );
}

#[test]
fn the_token_plugin_is_ready_and_says_when_its_keys_expire_and_how_often_they_were_replaced() {
    let host = operated().start();
    assert_eq!(host.metrics(&get("/ready")).status, 200);
    let expires = |text: &str, key: &str| {
        let series = format!("plugin_token_plugin_key_expires_timestamp_seconds{{key=\"{key}\"}} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&series));
        let value = value.unwrap_or_else(|| panic!("{series}{text}"));
        value.parse::<f64>().expect("a number of seconds")
    };

    let before = metrics(&host);
    rotate(&host, "inference");
    let after = metrics(&host);
    assert!(expires(&after, "inference") > expires(&before, "inference"));
    assert!((expires(&after, "management") - expires(&before, "management")).abs() < 1e-9);
    for line in [
        "# TYPE plugin_token_plugin_key_expires_timestamp_seconds gauge\n",
        "plugin_token_plugin_rotations_total{key=\"inference\"} 1.0\n",
        "plugin_token_plugin_rotations_total{key=\"management\"} 0.0\n",
    ] {
        assert!(after.contains(line), "{line}{after}");
    }
}
