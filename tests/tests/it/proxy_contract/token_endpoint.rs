//! `/token` on the management listener, which is never the upstream's.

use integration_tests::{Listener, Request, Response, get, post};

use super::{caller::Caller, front::Front};

const KINDS: [&str; 2] = ["management", "inference"];

fn ask(caller: &mut Caller<'_>, method: &str, target: &str) -> Response {
    let request = Request::new(method, target).key(&caller.host.keys().api);
    let response = caller.management(&request);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    response
}

/// The old key opens nothing more of the upstream, the new key does, the other key still does.
fn check_rotation(caller: &mut Caller<'_>, method: &str, kind: &str) {
    let old = caller.host.keys();
    let response = ask(caller, method, &format!("/token?type={kind}"));
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    let new = caller.host.keys();
    let (expiration, replaced) = match kind {
        "management" => (&new.management.expiration_time, &old.management.key),
        _ => (&new.inference.expiration_time, &old.inference.key),
    };
    let body = response.json();
    assert_eq!(body["type"], kind);
    assert_eq!(body["expiration time"], *expiration);
    assert_eq!(body.get("key"), None);
    assert_eq!(new.management == old.management, kind != "management");
    assert_eq!(new.inference == old.inference, kind != "inference");
    assert_eq!(new.api, old.api);
    let (prediction, models) = (post("/predictions/m"), get("/models"));
    assert!(!caller.opens(Listener::Inference, &prediction, replaced));
    assert!(!caller.opens(Listener::Management, &models, replaced));
    assert!(caller.opens(Listener::Inference, &prediction, &new.inference.key));
    assert!(caller.opens(Listener::Management, &models, &new.management.key));
}

#[test]
fn get_and_post_replace_one_key() {
    for front in Front::start_all(|builder| builder) {
        for mut caller in front.callers() {
            for method in ["GET", "POST"] {
                for kind in KINDS {
                    let before = front.forwarded();
                    check_rotation(&mut caller, method, kind);
                    assert_eq!(front.forwarded() - before, 2);
                }
            }
        }
        let paths: Vec<_> = front.inference.requests();
        assert!(paths.iter().all(|seen| !seen.target.contains("token")));
    }
}

#[test]
fn token_api_returns_key_adds_the_key() {
    let fronts = Front::start_all(|builder| {
        builder
            .property("token_api_returns_key", "true")
            .keys_in_responses()
    });
    for front in &fronts {
        for mut caller in front.callers() {
            let response = ask(&mut caller, "GET", "/token?type=inference");
            assert_eq!(response.json()["key"], front.host.keys().inference.key);
        }
        assert_eq!(front.connections(), 0);
    }
}

#[test]
fn other_requests_replace_nothing_and_are_not_forwarded() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "FOO"] {
                let response = ask(&mut caller, method, "/token?type=management");
                assert_eq!(response.status, 405, "{method} {response:?}");
                assert_eq!(response.header("allow"), Some("GET, POST"), "{method}");
            }
            for target in [
                "/token",
                "/token?type=",
                "/token?type=API",
                "/token?type=Inference",
                "/token?type=inference&type=inference",
                "/token?type=inference&type=management",
            ] {
                let response = ask(&mut caller, "GET", target);
                assert_eq!(response.status, 400, "{target} {response:?}");
                let text = response.text();
                assert!(KINDS.iter().all(|kind| text.contains(kind)), "{text}");
            }
            let rotate = get("/token?type=inference");
            let wrong = "A".repeat(43);
            for key in [&keys.management.key, &keys.inference.key, &wrong] {
                caller.assert_denied(Listener::Management, &rotate.clone().key(key));
            }
            caller.assert_denied(Listener::Management, &rotate);
        }
        assert_eq!(front.host.keys(), keys);
        assert_eq!(front.connections(), 0);
    }
}
