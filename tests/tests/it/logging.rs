//! The log: its form, one line for each event, and never a key. Each [`Host`] of every test searches its log and its
//! responses for its keys when it is dropped.

use integration_tests::{Host, HostBuilder, Listener, PluginFolder, get, post};
use serde_json::Value;

use crate::expect::{is_denied, rotate};

const MODULE_SEPARATOR: &str = "::";

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

/// `0` for each digit, so that a time can be compared with a pattern.
fn digits_as_zero(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect()
}

/// `2026-11-23T10:09:14,122 [INFO ] main host_demo::plugins - ...`
fn has_the_shape(line: &str) -> bool {
    let Some((head, message)) = line.split_once(" - ") else {
        return false;
    };
    let Some((time, rest)) = head.split_once(" [") else {
        return false;
    };
    let Some((level, rest)) = rest.split_once("] ") else {
        return false;
    };
    let Some((thread, target)) = rest.rsplit_once(' ') else {
        return false;
    };
    digits_as_zero(time) == "0000-00-00T00:00:00,000"
        && ["ERROR", "WARN ", "INFO ", "DEBUG", "TRACE"].contains(&level)
        && !thread.is_empty()
        && !target.is_empty()
        && !message.is_empty()
        && !line.chars().any(char::is_control)
}

/// Does everything that uses keys: right, wrong, old and misplaced ones, rotations and plugin
/// endpoints.
fn exercise(host: &Host) {
    let old = host.keys();
    rotate(host, "management");
    rotate(host, "inference");
    let new = host.keys();
    for key in old.all().chain(new.all()) {
        for listener in Listener::ALL {
            for target in [
                "/models",
                "/ping",
                "/token",
                "/echo",
                "/none",
                "/responses?error=x",
                "//",
            ] {
                host.send(listener, &get(target).key(key));
                host.send(listener, &post(target).key(key).body("x"));
                host.send(
                    listener,
                    &get(target).header("Authorization", format!("Basic {key}")),
                );
                host.send(listener, &get(&format!("{target}?token={key}")));
            }
        }
    }
}

#[test]
fn every_line_has_torchserves_shape() {
    let mut host = token_plugin()
        .models("digits=digits.onnx")
        .argument("--log-level")
        .argument("debug")
        .start();
    rotate(&host, "inference");
    host.management(&get("/models"));
    assert!(host.stop().success());

    let lines = host.log().lines();
    assert!(lines.len() > 5, "{lines:#?}");
    for line in lines {
        assert!(has_the_shape(&line), "{line:?}");
    }
    let loading = host.log().lines_with("Loading plugin for endpoint token");
    assert!(
        loading[0].contains(&format!("] control host_demo{MODULE_SEPARATOR}plugins")),
        "{loading:?}"
    );
}

#[test]
fn json_is_one_object_a_line() {
    let mut host = token_plugin()
        .argument("--log-format")
        .argument("json")
        .start();
    rotate(&host, "inference");
    assert!(host.stop().success());

    for line in host.log().lines() {
        let record: Value = serde_json::from_str(&line).expect("JSON");
        for member in ["timestamp", "level", "thread", "target", "message"] {
            assert!(record[member].is_string(), "{line}");
        }
    }
    let loading = host.log().lines_with("Loading plugin for endpoint token");
    assert_eq!(loading.len(), 1);
}

/// At every level and in every format, including the access log. The search runs when each host is
/// dropped.
#[test]
fn no_key_is_ever_logged_or_sent() {
    for format in ["text", "json"] {
        let plugins = PluginFolder::new()
            .with("token-plugin")
            .with("fixture-echo");
        let mut host = Host::builder()
            .plugins(plugins)
            .models("digits=digits.onnx")
            .argument("--log-level")
            .argument("trace")
            .argument("--log-format")
            .argument(format)
            .argument("--access-log")
            // The endpoint `echo` returns the query, into which some requests put a key.
            .keys_in_responses()
            .start();
        exercise(&host);
        assert!(host.stop().success());
    }
}

/// As above, without the endpoint that repeats a query.
#[test]
fn no_response_repeats_a_key() {
    let host = token_plugin().models("digits=digits.onnx").start();

    exercise(&host);
}

/// The query may contain a key.
#[test]
fn the_access_log_has_torchserves_line_without_the_query() {
    let mut host = token_plugin().argument("--access-log").start();
    let key = host.keys().inference.key;
    host.inference(&get("/ping?x=secret").key(&key));
    host.management(&get("/models?x=secret"));
    assert!(host.stop().success());

    let has = |text: &str| !host.log().lines_with(text).is_empty();
    assert!(has("\"GET /ping HTTP/1.1\" 200 "), "{}", host.log().text());
    assert!(
        has("\"GET /models HTTP/1.1\" 400 "),
        "{}",
        host.log().text()
    );
    assert!(!has("secret"), "{}", host.log().text());
}

/// A client may take a path for the place of its key. The search for keys runs when the host is dropped.
#[test]
fn a_key_in_a_path_is_not_logged() {
    for key_bytes in ["32", "16"] {
        let mut host = token_plugin()
            .property("token_key_bytes", key_bytes)
            .argument("--access-log")
            .keys_in_responses()
            .start();
        let keys = host.keys();
        let mut escaped = Vec::new();
        for key in keys.all() {
            let hex: String = key.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for listener in Listener::ALL {
                for target in [
                    format!("/{key}"),
                    format!("/models/{key}/1"),
                    format!("/predictions/digits;{key}"),
                    format!("/{hex}"),
                    format!("/{}", hex.replace('%', "%25")),
                    format!("/predictions/digits-{key}_x"),
                ] {
                    host.send(listener, &get(&target).key(key));
                }
            }
            escaped.push(hex);
        }
        assert!(host.stop().success());

        let lines = host.log().lines_with("[redacted]");
        assert_eq!(lines.len(), keys.all().count() * 18, "{lines:#?}");
        let text = host.log().text();
        assert!(!escaped.iter().any(|hex| text.contains(hex)), "{text}");
    }
}

#[test]
fn requests_are_not_logged_by_default() {
    let mut host = token_plugin().start();
    let key = host.keys().inference.key;

    for _ in 0..10 {
        host.inference(&get("/ping").key(&key));
        assert!(is_denied(&host.inference(&get("/ping"))));
    }

    assert!(host.stop().success());
    let lines = host.log().lines();
    let ready = lines.iter().position(|line| line.ends_with(" - Ready"));
    let next = ready.and_then(|ready| lines.get(ready + 1));
    assert!(
        next.is_some_and(|line| line.contains("SIGTERM")),
        "{lines:#?}"
    );
}

/// Neither line breaks nor terminal escapes reach the log.
#[test]
fn a_request_cannot_forge_a_log_line() {
    let mut host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-echo"))
        .models("digits=digits.onnx")
        .argument("--access-log")
        .argument("--log-level")
        .argument("debug")
        .start();
    let forged = "%0a2026-01-01T00:00:00,000%20[INFO%20]%20main%20x%20-%20FORGED%1b[31m";
    for listener in Listener::ALL {
        for target in [
            format!("/models/{forged}"),
            format!("/models?url={forged}&model_name={forged}"),
            format!("/predictions/{forged}"),
            format!("/responses?error={forged}"),
            format!("/x?{forged}"),
            "/\"FORGED\"".to_owned(),
        ] {
            host.send(
                listener,
                &get(&target).header("User-Agent", "\u{9b}FORGED\t\u{1b}"),
            );
            host.send(listener, &post(&target).body("x"));
        }
    }
    assert!(host.stop().success());

    for line in host.log().lines() {
        let is_access = line.contains(" - /127.0.0.1:");
        assert!(is_access || has_the_shape(&line), "{line:?}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(!line.starts_with("2026-01-01"), "{line:?}");
    }
}

#[test]
fn a_plugins_line_carries_its_name() {
    let host = token_plugin().start();
    rotate(&host, "management");

    let lines = host.log().wait_for_lines_with("management key replaced", 1);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("token-plugin"), "{}", lines[0]);
}

#[test]
fn an_unknown_key_is_a_warning_with_line_and_nearest_name() {
    let host = token_plugin().property("token_expiration_mim", "5").start();
    let warnings = host.log().lines_of_level("WARN");

    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    for part in [
        "config.properties:4",
        "token_expiration_mim",
        "\"token_expiration_min\"",
    ] {
        assert!(warnings[0].contains(part), "{}", warnings[0]);
    }
}
