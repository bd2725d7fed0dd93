//! `/token` on the management listener.

use std::{fs, time::SystemTime};

use integration_tests::{Host, HostBuilder, Listener, PluginFolder, Request, Response, get, post};

use crate::expect::{
    assert_denied, assert_error, opens_inference, opens_management, rotate, who_may,
};

const KINDS: [&str; 2] = ["management", "inference"];

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

fn ask(host: &Host, method: &str, target: &str) -> Response {
    host.management(&Request::new(method, target).key(&host.keys().api))
}

#[test]
fn get_returns_the_type_and_its_new_expiration_time() {
    let host = Host::with_token_plugin();

    for kind in KINDS {
        let response = ask(&host, "GET", &format!("/token?type={kind}"));

        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        let keys = host.keys();
        let new = if kind == "management" {
            keys.management
        } else {
            keys.inference
        };
        assert!(new.expiration() > SystemTime::now());
        let body = response.json();
        assert_eq!(body["type"], kind);
        assert_eq!(body["expiration time"], new.expiration_time);
        assert_eq!(body.get("key"), None);
    }
}

/// The old key is invalid and the file new before the response is sent.
#[test]
fn a_management_rotation_replaces_the_management_key_only() {
    let host = Host::with_token_plugin();
    let old = host.keys();

    rotate(&host, "management");

    assert!(!opens_management(&host, &old.management.key));
    let new = host.keys();
    assert_ne!(new.management.key, old.management.key);
    assert_eq!((&new.inference, &new.api), (&old.inference, &old.api));
    assert!(opens_management(&host, &new.management.key));
    assert!(opens_inference(&host, &new.inference.key));
}

#[test]
fn an_inference_rotation_replaces_the_inference_key_only() {
    let host = Host::with_token_plugin();
    let old = host.keys();

    rotate(&host, "inference");

    assert!(!opens_inference(&host, &old.inference.key));
    let new = host.keys();
    assert_ne!(new.inference.key, old.inference.key);
    assert_eq!((&new.management, &new.api), (&old.management, &old.api));
    assert!(opens_inference(&host, &new.inference.key));
    assert!(opens_management(&host, &new.management.key));
}

#[test]
fn token_api_returns_key_adds_the_key() {
    let host = token_plugin()
        .property("token_api_returns_key", "true")
        .keys_in_responses()
        .start();

    for kind in KINDS {
        let response = ask(&host, "GET", &format!("/token?type={kind}"));

        let text = fs::read_to_string(host.key_file()).expect("the key file");
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(response.json()["key"], file[kind]["key"]);
    }
}

#[test]
fn post_rotates_as_get_does() {
    let host = Host::with_token_plugin();
    let old = host.keys();

    let response = ask(&host, "POST", "/token?type=inference");

    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["type"], "inference");
    assert!(!opens_inference(&host, &old.inference.key));
    assert!(opens_inference(&host, &host.keys().inference.key));
}

#[test]
fn other_methods_get_405_and_rotate_nothing() {
    let host = Host::with_token_plugin();
    let keys = host.keys();

    for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "FOO"] {
        let response = ask(&host, method, "/token?type=management");

        assert_eq!(response.status, 405, "{method} {response:?}");
        assert_eq!(response.header("allow"), Some("GET, POST"), "{method}");
    }
    assert_eq!(host.keys(), keys);
}

/// The response lists the types.
#[test]
fn a_missing_unknown_or_repeated_type_is_400_and_rotates_nothing() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let targets = [
        "/token",
        "/token?",
        "/token?type",
        "/token?type=",
        "/token?type=API",
        "/token?type=token",
        "/token?type=Management",
        "/token?type=management&type=management",
        "/token?type=management&type=inference",
        "/token?Type=management",
        "/token?type=management,inference",
    ];

    for target in targets {
        for method in ["GET", "POST"] {
            let response = ask(&host, method, target);

            assert_eq!(response.status, 400, "{target} {response:?}");
            let body = response.json();
            assert_eq!(body["code"], 400, "{target}");
            assert_ne!(body["type"], "InvalidKeyException", "{target}");
            let message = body["message"].as_str().expect("a message");
            assert!(KINDS.iter().all(|kind| message.contains(kind)), "{message}");
        }
    }
    assert_eq!(host.keys(), keys);
}

/// Only the query is used.
#[test]
fn a_type_in_the_body_is_ignored() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let request = post("/token")
        .key(&keys.api)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("type=management");

    assert_eq!(host.management(&request).status, 400);
    assert_eq!(host.keys(), keys);
}

/// Nothing is rotated.
#[test]
fn another_key_is_denied() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let wrong = "A".repeat(43);

    for method in ["GET", "POST", "PUT", "DELETE"] {
        let request = Request::new(method, "/token?type=management");
        assert_denied(&host.management(&request));
        for key in [&keys.management.key, &keys.inference.key, &wrong] {
            assert_denied(&host.management(&request.clone().key(key)));
        }
    }
    assert_eq!(host.keys(), keys);
}

/// With the inference key it is 404.
#[test]
fn on_the_inference_listener_it_does_not_exist() {
    let host = Host::with_token_plugin();
    let request = get("/token?type=management");
    let keys = host.keys();

    assert_eq!(who_may(&host, Listener::Inference, &request), ["inference"]);
    assert_error(
        &host.inference(&request.key(&keys.inference.key)),
        404,
        "ResourceNotFoundException",
        "Requested resource is not found, please refer to API document.",
    );
    assert_eq!(host.keys(), keys);
}

#[test]
fn responses_must_not_be_stored() {
    let host = Host::with_token_plugin();

    for (target, status) in [("/token?type=inference", 200), ("/token?type=x", 400)] {
        let response = ask(&host, "GET", target);
        assert_eq!(response.status, status);
        assert_eq!(
            response.header("cache-control"),
            Some("no-store"),
            "{target}"
        );
    }
}

/// Both succeed, and the file contains the valid key.
#[test]
fn rotations_at_the_same_time_run_one_after_another() {
    let host = Host::with_token_plugin();
    let api = host.keys().api;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let response = host.management(&get("/token?type=inference").key(&api));
                assert_eq!(response.status, 200, "{response:?}");
            });
        }
    });

    assert!(opens_inference(&host, &host.keys().inference.key));
    assert!(opens_management(&host, &host.keys().management.key));
}
