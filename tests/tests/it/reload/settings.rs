//! The configuration is read again: what can change while serving does, the rest is named.

use std::{fs, time::Duration};

use integration_tests::{Host, PluginFolder, get, post, write_file};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, hang_up, host, post_reload};
use crate::expect::{is_denied, opens_inference, rotate};

const KEYLESS: &str = "libfixture_keyless.so";

/// A host whose token plugin allows the addresses of `ip_allow`.
fn by_address() -> Host {
    Host::builder()
        .plugins(PluginFolder::new().with("fixture-keyless"))
        .property("fixture_credentials", "address")
        .property("ip_allow", "127.0.0.1")
        .start()
}

/// Writes a line of the configuration file anew, as an editor does.
pub(crate) fn set(host: &Host, key: &str, value: &str) {
    replace(host, key, Some(value));
}

/// Deletes a line of the configuration file.
pub(crate) fn unset(host: &Host, key: &str) {
    replace(host, key, None);
}

fn replace(host: &Host, key: &str, value: Option<&str>) {
    let path = host.folder().join("config.properties");
    let text = fs::read_to_string(&path).expect("the file");
    let others = text.lines().filter(|line| !is_of(key, line));
    let mut lines: Vec<_> = others.map(str::to_owned).collect();
    lines.extend(value.map(|value| format!("{key}={value}")));
    write_file(&path, (lines.join("\n") + "\n").as_bytes());
}

fn is_of(key: &str, line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| name == key)
}

fn lines_with(host: &Host, text: &str) -> Vec<String> {
    host.log().lines_with(text)
}

#[test]
fn an_address_that_was_forbidden_is_denied_after_sighup() {
    let host = by_address();
    assert_eq!(host.inference(&get("/ping")).status, 200);

    set(&host, "ip_allow", "192.0.2.1");
    assert!(hang_up(&host).ends_with("generation 2 serves"));

    let response = host.inference(&get("/ping"));
    assert!(is_denied(&response), "{response:?}");
    assert_eq!(
        lines_with(&host, &format!("{KEYLESS}: replaced")).len(),
        1,
        "{}",
        host.log().text()
    );
    let changed = lines_with(&host, "changed settings: ");
    assert!(
        changed[0].ends_with("ip_allow (config.properties:5)"),
        "{changed:?}"
    );
}

/// Its keys stay valid, and other plugins are not opened again.
#[test]
fn a_plugin_whose_setting_changed_is_opened_again_with_its_state() {
    let host = host().keys_in_responses().start();
    let keys = host.keys();

    set(&host, "token_api_returns_key", "true");
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "took over")]);

    assert_eq!(host.keys().management, keys.management);
    let response = host.management(&get("/token?type=inference").key(&keys.api));
    let key = host.keys().inference.key;
    assert!(response.text().contains(&key), "{response:?}");
    assert!(opens_inference(&host, &key));
    // And the same again changes nothing.
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "unchanged")]);
}

/// Exempt paths, the status of a denial, a second header for keys, headers for web pages, the largest
/// body.
#[test]
fn what_decides_about_requests_follows_the_file() {
    let host = host().start();
    let key = host.keys().inference.key;
    let ping = || host.inference(&get("/ping"));
    assert_eq!(ping().status, 400);

    set(&host, "token_auth_status", "standard");
    set(&host, "cors_allowed_origin", "https://example.org");
    set(&host, "token_header", "x-api-key");
    set(&host, "max_request_size", "10");
    assert!(hang_up(&host).ends_with("generation 2 serves"));

    assert_eq!(ping().status, 401);
    let allowed = host.inference(&get("/ping").header("x-api-key", key.as_str()));
    assert_eq!(allowed.status, 200);
    let origin = allowed.header("access-control-allow-origin");
    assert_eq!(origin, Some("https://example.org"));
    let large = post("/echo").key(&key).body("more than ten bytes");
    assert_eq!(host.inference(&large).status, 413);

    set(&host, "token_exempt_paths", "/ping");
    assert!(hang_up(&host).ends_with("generation 3 serves"));
    assert_eq!(ping().status, 200);
    set(&host, "token_exempt_paths", "");
    assert!(hang_up(&host).ends_with("generation 4 serves"));
    assert_eq!(ping().status, 401);
}

#[test]
fn trusted_proxies_follow_the_file() {
    let host = by_address();
    let of_another = get("/ping").header("X-Forwarded-For", "192.0.2.1");
    assert_eq!(host.inference(&of_another).status, 200);
    set(&host, "trusted_proxies", "127.0.0.1");
    assert!(hang_up(&host).ends_with("generation 2 serves"));
    let response = host.inference(&of_another);
    assert!(is_denied(&response), "{response:?}");
    assert_eq!(host.inference(&get("/ping")).status, 200);
}

/// Those that are in force end when they were to end.
#[test]
fn the_lifetime_of_the_next_keys_follows_the_file() {
    let host = host().start();
    let before = host.keys();
    set(&host, "token_expiration_min", "6000");
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "unchanged")]);
    assert_eq!(host.keys().management, before.management);
    rotate(&host, "inference");
    let rotated = host.keys();
    assert_eq!(rotated.management, before.management);
    let end = before.inference.expiration() + Duration::from_mins(5000);
    assert!(rotated.inference.expiration() > end, "{rotated:?}");
}

/// The lines about the reload itself have the new level already.
#[test]
fn the_level_of_the_log_follows_the_file() {
    let host = host().start();
    let has_level = |level: &str| !host.log().lines_of_level(level).is_empty();
    assert!(!has_level("DEBUG"), "{}", host.log().text());

    set(&host, "log_level", "debug");
    assert!(hang_up(&host).ends_with("generation 2 serves"));
    // Says how each plugin came into the generation.
    set(&host, "token_auth_status", "standard");
    assert!(hang_up(&host).ends_with("generation 3 serves"));
    assert!(has_level("DEBUG"), "{}", host.log().text());

    set(&host, "log_level", "error");
    assert_eq!(post_reload(&host).json()["generation"], 4);
    set(&host, "log_level", "a");
    assert_eq!(post_reload(&host).status, 409);
    let refused = "log_level=\"a\" is not valid: expected error, warn, info, debug or trace";
    let _ = host.log().wait_for_lines_with(refused, 1);
    assert_eq!(lines_with(&host, "generation 4 serves"), [] as [&str; 0]);
}

/// Here the command line names the level.
#[test]
fn what_the_command_line_says_stays_in_force() {
    let host = host()
        .argument("--log-level")
        .argument("debug")
        .property("log_level", "error")
        .start();
    set(&host, "log_level", "warn");
    assert!(hang_up(&host).ends_with("generation 1 serves"));
    assert_eq!(
        lines_with(&host, "changed settings"),
        [] as [&str; 0],
        "{}",
        host.log().text()
    );
}

/// Also with `POST /plugins/reload`, which tells both kinds by key.
#[test]
fn settings_that_wait_for_a_restart_are_named_in_one_warning() {
    let host = host().start();
    set(&host, "number_of_netty_threads", "3");
    set(&host, "model_store", "/nowhere");
    set(&host, "of_a_plugin", "1");

    let response = post_reload(&host);

    let body = response.json();
    assert_eq!(
        body["settingsWaitingForRestart"],
        serde_json::json!(["model_store", "number_of_netty_threads"])
    );
    assert_eq!(body["changedSettings"], serde_json::json!(["of_a_plugin"]));
    assert_eq!(body["generation"], 2);
    let warnings = lines_with(&host, "in force after a restart only");
    assert_eq!(warnings.len(), 1, "{}", host.log().text());
    let named = "model_store (config.properties:5, before: default), \
                 number_of_netty_threads (config.properties:4, before: default)";
    assert!(warnings[0].contains("[WARN ]"), "{warnings:?}");
    assert!(warnings[0].ends_with(named), "{warnings:?}");
    let key = host.keys().management.key;
    let list = host.management(&get("/plugins").key(&key)).json();
    assert_eq!(list["changedSettings"], serde_json::json!(["of_a_plugin"]));
    // Nothing else changed since, and they still wait.
    assert!(hang_up(&host).ends_with("generation 2 serves"));
    assert_eq!(lines_with(&host, "in force after a restart only").len(), 2);
}

/// With the message of `--check`; the plugins of a valid folder are not loaded either.
#[test]
fn a_file_with_an_error_changes_nothing_and_counts_as_a_failed_reload() {
    let host = host().property("of_a_plugin", "1").start();
    let checked = super::host()
        .property("of_a_plugin", "2")
        .property("access_log", "yes")
        .argument("--check")
        .refused()
        .line();
    let (_, expected) = checked.split_once(" - ").expect("a message");
    assert!(
        expected.ends_with(
            "config.properties:5: access_log=\"yes\" is not valid: expected true or false"
        ),
        "{expected}"
    );
    set(&host, "of_a_plugin", "2");
    set(&host, "access_log", "yes");
    host.plugins().install_build("fixture-echo", 1);

    let line = hang_up(&host);
    assert!(line.contains("[ERROR]"), "{line}");
    let failed = format!("the reload failed, settings and plugins are unchanged: {expected}");
    assert!(line.ends_with(&failed), "{line}");
    let response = post_reload(&host);
    assert_eq!(response.status, 409, "{response:?}");
    assert_eq!(response.json()["message"], expected);

    let key = host.keys().management.key;
    let list = host.management(&get("/plugins").key(&key)).json();
    assert_eq!(list["generation"], 1);
    let response = host.metrics(&get("/metrics"));
    let metrics = response.text();
    let counted = "host_demo_plugin_reloads_total{outcome=\"failed\"} 2";
    assert!(metrics.contains(counted), "{metrics}");
}

/// As an editor or a script leaves it for a moment that writes it in place.
#[test]
fn a_file_that_was_emptied_changes_nothing() {
    let host = by_address();
    let path = host.folder().join("config.properties");
    for text in ["", "# a comment\n"] {
        write_file(&path, text.as_bytes());

        let line = hang_up(&host);

        assert!(line.contains("[ERROR]"), "{line}");
        let expected = "configuration file config.properties has no setting";
        assert!(line.contains(expected), "{line}");
        assert_eq!(host.inference(&get("/ping")).status, 200);
    }
}

#[test]
fn a_file_that_is_gone_changes_nothing() {
    let host = by_address();
    fs::remove_file(host.folder().join("config.properties")).expect("the file");
    let line = hang_up(&host);
    assert!(
        line.contains("configuration file config.properties cannot be read"),
        "{line}"
    );
    assert_eq!(host.inference(&get("/ping")).status, 200);
}

/// A change of the folder says nothing about the file, which somebody may be editing.
#[test]
fn the_watch_reads_the_plugins_alone() {
    let host = host().argument("--watch-plugins").start();
    set(&host, "access_log", "yes");
    host.plugins().install_build("fixture-echo", 1);
    let _ = host.log().wait_for_lines_with("generation 2 serves", 1);
    assert!(lines_with(&host, "the reload failed").is_empty());
}
