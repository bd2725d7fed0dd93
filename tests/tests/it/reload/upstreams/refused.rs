//! What fails the reload, or waits for a restart.

use integration_tests::{grpc, write_file};

use super::*;

/// Neither another upstream nor another setting of the same file is in force then.
#[test]
fn upstreams_that_cannot_be_used_change_nothing() {
    let (old, new) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of(&[&old]).start();
    let https = new.url().replace("http:", "https:");
    let file = host.folder().join("profile.toml");
    write_file(&file, b"name = 1");
    let file = file.display().to_string();
    let cases = [
        ("upstream", "http://", "upstream=\"http://\" is not valid"),
        (
            "upstream_profile",
            "a",
            "upstream_profile=\"a\" is not valid",
        ),
        ("upstream_profile_file", &file, "exclude each other"),
        ("upstream_authorization", "file:/nowhere", "/nowhere"),
        ("upstream", &https, "upstream_ca_file"),
        ("upstream_allow", "GET /health", "upstream_allow"),
    ];

    for (key, value, reason) in cases {
        let (url, profile) = (new.url(), "vllm");
        set(&host, "upstream", &url);
        set(&host, "upstream_ca_file", "/nowhere");
        set(&host, "token_auth_status", "standard");
        set(&host, key, value);
        let line = hang_up(&host);
        let failed = "the reload failed, settings and plugins are unchanged: ";
        assert!(
            line.contains("[ERROR]") && line.contains(failed) && line.contains(reason),
            "{line}"
        );
        assert_forwarded(&host, &old);
        assert_denied(&host.inference(&post("/v1/completions")));
        unset(&host, key);
        set(&host, "upstream_profile", profile);
    }
    assert_eq!(new.requests().len(), 0);

    unset(&host, "upstream_profile");
    set(&host, "upstream", &new.url());
    set(&host, "upstream_profile_file", &file);
    let line = hang_up(&host);
    assert!(line.contains("profile.toml:1: "), "{line}");
    assert_forwarded(&host, &old);
    assert_eq!(health(&host, &old.url()).as_deref(), Some("1"));
}

/// As at a start.
#[test]
fn an_upstream_does_not_come_without_a_token_plugin() {
    let upstream = HttpUpstream::start();
    let host = Host::builder().start();
    set(&host, "upstream", &upstream.url());
    set(&host, "upstream_profile", "vllm");
    // It is probed as soon as its configuration is read.
    set(&host, "upstream_health_path", "none");
    let line = hang_up(&host);
    let required = "a server with an upstream requires one";
    assert!(
        line.contains("[ERROR]") && line.contains(required),
        "{line}"
    );
    assert_eq!(host.inference(&post("/v1/completions")).status, 404);
    assert_eq!(upstream.requests().len(), 0);
}

/// A listener is there from the start, or not.
#[test]
fn an_upstream_of_grpc_changes_where_there_is_one_and_waits_otherwise() {
    const CALL: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
    let (old, new) = (HttpUpstream::start(), HttpUpstream::start());
    let host = protected()
        .property("upstream_grpc_inference", &old.url())
        .property("grpc_inference_port", "0")
        .start();
    let address = host.grpc_address(Listener::Inference);
    let authorization = format!("Bearer {}", host.keys().inference.key);
    let call = || drop(grpc::call(address, CALL, Some(&authorization)));
    call();
    assert_eq!([old.requests().len(), new.requests().len()], [1, 0]);

    set(&host, "upstream_grpc_inference", &new.url());
    set(&host, "upstream_grpc_management", "http://127.0.0.1:9");
    let body = post_reload(&host).json();
    assert_eq!(
        [&body["changedSettings"], &body["settingsWaitingForRestart"]],
        [
            &serde_json::json!(["upstream_grpc_inference"]),
            &serde_json::json!(["upstream_grpc_management"])
        ]
    );
    call();
    assert_eq!([old.requests().len(), new.requests().len()], [1, 1]);

    unset(&host, "upstream_grpc_inference");
    unset(&host, "upstream_grpc_management");
    let body = post_reload(&host).json();
    assert_eq!(
        body["settingsWaitingForRestart"],
        serde_json::json!(["upstream_grpc_inference"])
    );
    call();
    assert_eq!([old.requests().len(), new.requests().len()], [1, 2]);
}
