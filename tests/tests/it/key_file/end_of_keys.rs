//! What is said and done before a key expires, and when it does.

use integration_tests::{Host, HostBuilder, Keys, eventually};

use super::token_plugin;
use crate::{
    expect::{opens_inference, rotate},
    metrics::sample,
};

/// Of ten minutes and a second: the notice is due after one second.
const JUST_ABOVE_THE_NOTICE: &str = "10.0167";

/// 1.2 seconds.
const SHORT_MINUTES: &str = "0.02";

fn keys_for(minutes: &str) -> HostBuilder {
    token_plugin().property("token_expiration_min", minutes)
}

#[track_caller]
fn only_line(host: &Host, level: &str, text: &str) -> String {
    let lines = eventually(text, || {
        let mut lines = host.log().lines_of_level(level);
        lines.retain(|line| line.contains(text));
        (!lines.is_empty()).then_some(lines)
    });
    let [line] = &lines[..] else {
        panic!("expected one line: {lines:?}");
    };
    line.clone()
}

#[test]
fn the_start_and_each_rotation_say_when_the_keys_expire() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let line = only_line(&host, "INFO", "management key expires at");
    assert!(line.contains(&keys.management.expiration_time), "{line}");
    assert!(line.contains(&keys.inference.expiration_time), "{line}");

    rotate(&host, "inference");
    let line = only_line(&host, "INFO", "inference key replaced");
    let new = host.keys().inference.expiration_time;
    assert!(line.contains(&new), "{line}");
}

#[test]
fn ten_minutes_before_a_key_expires_one_warning_says_so_and_what_to_do() {
    let host = keys_for(JUST_ABOVE_THE_NOTICE).start();
    let Keys {
        management,
        inference,
        ..
    } = host.keys();
    for (kind, key) in [("management", management), ("inference", inference)] {
        let line = only_line(&host, "WARN", &format!("{kind} key expires at"));
        assert!(line.contains(&key.expiration_time), "{line}");
        assert!(line.contains(&format!("GET /token?type={kind} ")), "{line}");
    }
}

#[test]
fn the_end_of_a_key_is_one_warning_that_says_what_to_do() {
    let host = keys_for(SHORT_MINUTES).start();
    let keys = host.keys();
    for (kind, key) in [
        ("management", &keys.management),
        ("inference", &keys.inference),
    ] {
        let line = only_line(&host, "WARN", &format!("{kind} key expired at"));
        assert!(line.contains(&key.expiration_time), "{line}");
        assert!(line.contains(&format!("GET /token?type={kind} ")), "{line}");
    }
    for key in keys.all() {
        assert!(!host.log().text().contains(key));
    }
}

/// The old key ends then, and clients find the new one in the file.
#[test]
fn a_key_is_replaced_before_its_end_if_that_is_wanted() {
    let host = keys_for("0.1")
        .property("token_rotate_before_expiry_min", "0.05")
        .start();
    let first = host.keys();
    let replaced = r#"plugin_token_plugin_rotations_total{key="inference"}"#;
    eventually("two keys one after the other", || {
        (sample(&host, replaced) > 1.5).then_some(())
    });

    assert!(!opens_inference(&host, &first.inference.key));
    // The one that was read may be replaced before it is used.
    eventually("the new key opens", || {
        opens_inference(&host, &host.keys().inference.key).then_some(())
    });
    assert_eq!(host.keys().api, first.api);
    let audit_line = "key_rotated key=inference result=done cause=expiry";
    eventually(audit_line, || {
        (host.log().lines_with(audit_line).len() >= 2).then_some(())
    });
    let log = host.log();
    for key in first.all() {
        assert!(!log.text().contains(key));
    }
}

#[test]
fn more_than_half_of_the_lifetime_aborts_startup() {
    for value in ["0.6", "-1", "soon"] {
        let refusal = keys_for("1")
            .property("token_rotate_before_expiry_min", value)
            .refused();
        let line = refusal.line();
        assert!(line.contains("config.properties:5"), "{line}");
        let setting = format!("token_rotate_before_expiry_min={value}");
        assert!(line.contains(&setting), "{line}");
        assert!(!refusal.folder().join("key_file.json").exists());
    }
}
