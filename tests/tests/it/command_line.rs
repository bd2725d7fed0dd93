//! The command line: `--help`, `--version`, `--check`, and the end of a start that fails.

use std::process::Command;

use integration_tests::{Artifacts, Ended, Host, HostBuilder, PluginFolder};

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

fn succeeds(builder: HostBuilder) -> Ended {
    let ended = builder.ended();
    assert_eq!(ended.code, Some(0), "{ended}");
    ended
}

#[test]
fn help_names_every_option() {
    let text = succeeds(Host::builder().argument("--help")).log.text();

    for option in [
        "--plugins-path <DIR>",
        "--ts-config <FILE>",
        "--model-store <DIR>",
        "--models <",
        "--disable-token-auth",
        "--require-token-auth",
        "--check",
        "--log-format",
        "--access-log",
        "--help",
        "--version",
    ] {
        assert!(text.contains(option), "{option} is not in\n{text}");
    }
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest <= 100), "{text}");
}

#[test]
fn version_names_the_program() {
    let text = succeeds(Host::builder().argument("--version")).log.text();

    assert!(text.starts_with("host-demo "), "{text}");
}

/// Whoever reads the exit code must not take an empty file for the output.
#[test]
fn output_that_cannot_be_written_is_no_success() {
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["plugin", "--help"],
        &["profile", "list"],
        &["profile", "show", "vllm"],
    ] {
        let host = Artifacts::of_the_tests().host();
        let output = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" >/dev/full"])
            .arg(host)
            .args(arguments)
            .output()
            .expect("the host can be run");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
}

/// With a specific exit code.
#[test]
fn an_unknown_option_is_refused() {
    let refusal = Host::builder().argument("--plugin-path").refused();

    assert_eq!(refusal.code, Some(2));
    let text = refusal.log.text();
    assert!(
        text.contains("--plugin-path") && text.contains("--plugins-path"),
        "{text}"
    );
}

/// Without a listener and without a key file.
#[test]
fn check_of_a_valid_configuration_ends_with_0() {
    let builder = token_plugin()
        .models("digits=digits.onnx")
        .argument("--check");
    let ended = succeeds(builder);

    assert!(ended.log.lines_with("listens on").is_empty(), "{ended}");
    assert!(!ended.folder().join("key_file.json").exists());
}

#[test]
fn check_does_not_disturb_a_running_server() {
    let running = Host::with_token_plugin();
    let keys = running.keys();
    let path = running.key_file().display().to_string();

    succeeds(
        token_plugin()
            .property("token_key_file", &path)
            .argument("--check"),
    );

    assert_eq!(running.keys(), keys);
    assert!(crate::expect::opens_management(
        &running,
        &keys.management.key
    ));
}

#[test]
fn check_reports_what_would_abort_startup() {
    let broken = PluginFolder::new().with_file("libbroken.so", b"no library");
    let cases = [
        (
            token_plugin().property("token_expiration_min", "0"),
            "token_expiration_min",
        ),
        (
            token_plugin().property("token_key_bytes", "1"),
            "token_key_bytes",
        ),
        (
            token_plugin().property("inference_address", "nonsense"),
            "inference_address",
        ),
        (token_plugin().models("x=nothing.onnx"), "nothing.onnx"),
        (Host::builder().plugins(broken), "libbroken.so"),
        (Host::builder().argument("--require-token-auth"), "token"),
    ];

    for (builder, name) in cases {
        let refusal = builder.argument("--check").refused();
        assert!(refusal.line().contains(name), "{refusal}");
        assert!(!refusal.folder().join("key_file.json").exists());
    }
}

#[test]
fn an_invalid_value_is_reported_with_file_line_key_and_value() {
    for (key, value) in [
        ("max_request_size", "lots"),
        ("disable_token_authorization", "perhaps"),
        ("shutdown_timeout_sec", "-1"),
        ("metrics_address", "ftp://127.0.0.1:1"),
        ("token_exempt_paths", "ping"),
        ("token_api_returns_key", "perhaps"),
    ] {
        let line = token_plugin().property(key, value).refused().line();
        assert!(line.contains("config.properties:"), "{line}");
        assert!(line.contains(key) && line.contains(value), "{line}");
    }
}

/// TLS that is asked for must not become plain text.
#[test]
fn a_keystore_is_refused_without_showing_its_password() {
    let refusal = token_plugin()
        .property("keystore_pass", "open sesame")
        .refused();

    assert!(refusal.line().contains("keystore_pass"), "{refusal}");
    assert!(!refusal.log.text().contains("open sesame"), "{refusal}");
}

#[test]
fn a_missing_configuration_file_aborts_startup() {
    let refusal = Host::builder()
        .variable("TS_CONFIG_FILE", "no/such/file.properties")
        .refused();

    assert!(
        refusal.line().contains("no/such/file.properties"),
        "{refusal}"
    );
}
