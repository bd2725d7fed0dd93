//! A reload that fails leaves the old generation serving and reports the reason in one line; keys
//! can still be replaced.

use integration_tests::{Host, PluginFolder, build_of, get};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, hang_up, host, never_open, post_reload};
use crate::expect::{opens_inference, opens_management, rotate};

/// Reloads an invalid folder in both ways, and expects the same message from both.
#[track_caller]
fn assert_fails(host: &Host, expected: &str) {
    let before = host.keys();
    let failed_before = host.log().lines_with(expected).len();
    never_open(host, || {
        let response = post_reload(host);
        assert_eq!(response.status, 409, "{response:?}");
        let body = response.json();
        let message = body["message"].as_str().expect("a message");
        assert!(message.contains(expected), "{message}");
        // The log is written after the response; the next line is to be that of the signal.
        let _ = host.log().wait_for_lines_with(message, failed_before + 1);
        let line = hang_up(host);
        assert!(line.contains("[ERROR]"), "{line}");
        let message = format!("the reload failed, the plugins are unchanged: {message}");
        assert!(line.ends_with(&message), "{line}");
        assert_eq!(host.keys(), before);
        assert!(opens_management(host, &before.management.key));
        rotate(host, "inference");
        rotate(host, "management");
    });
    let after = host.keys();
    assert!(opens_inference(host, &after.inference.key));
    assert!(!opens_inference(host, &before.inference.key));
    let list = host
        .management(&get("/plugins").key(&after.management.key))
        .json();
    assert_eq!(list["generation"], 1);
    let echo = get("/responses?body=old").key(&after.inference.key);
    assert_eq!(host.inference(&echo).text(), "old");
}

fn host_with(file: &str, content: &[u8]) -> Host {
    let host = host().start();
    host.plugins().install(file, content);
    host
}

#[test]
fn a_truncated_token_plugin_changes_nothing() {
    let whole = build_of("token-plugin", 0);
    let host = host_with(TOKEN_PLUGIN, &whole[..whole.len() / 2]);
    assert_fails(&host, "libtoken_plugin.so: truncated: ");
}

#[test]
fn a_library_that_is_not_a_plugin_changes_nothing() {
    let host = host_with("libother.so", &build_of("fixture-not-a-plugin", 0));
    assert_fails(&host, "libother.so: not a plugin: ");
}

/// Found before any code of the new plugin runs.
#[test]
fn a_duplicate_endpoint_changes_nothing() {
    let host = host_with("libduplicate.so", &build_of("fixture-duplicate", 0));
    assert_fails(&host, "Multiple plugins found for endpoint \"echo\": ");
    assert!(host.log().lines_with("libduplicate.so: fixture").is_empty());
}

/// Under two names.
#[test]
fn the_token_plugin_twice_changes_nothing() {
    let host = host_with("libagain.so", &build_of("token-plugin", 1));
    assert_fails(&host, "Multiple plugins found for endpoint \"token\": ");
}

/// When it is opened, or when it generates keys.
#[test]
fn a_token_plugin_that_panics_changes_nothing() {
    for function in ["open", "set_time", "generate_key_file"] {
        let host = crate::plugins::fixed_keys()
            .property("fixture_panic_in", function)
            .plugins(
                PluginFolder::new()
                    .with("token-plugin")
                    .with("fixture-echo"),
            )
            .start();
        host.plugins().remove("token-plugin");
        host.plugins().install_build("fixture-panics", 0);
        assert_fails(&host, &format!("fixture panics in {function}"));
    }
}

/// A plugin fails after the new build of the token plugin has taken over the keys.
#[test]
fn a_failure_after_the_hand_over_gives_the_keys_back() {
    let host = host().start();
    host.plugins().install_build("token-plugin", 1);
    // Opened after the token plugin, and refused only then.
    host.plugins()
        .install("libz.so", &build_of("fixture-undeclared", 0));
    assert_fails(
        &host,
        "libz.so: registers the endpoints [undeclared], its manifest says []",
    );

    std::fs::remove_file(host.plugins().path().join("libz.so")).expect("the file is there");
    let keys = host.keys();
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "took over")]);
    assert_eq!(host.keys(), keys);
    assert!(opens_inference(&host, &keys.inference.key));
}
