//! The response to a denied request, of which the upstream sees nothing.

use integration_tests::{Host, Listener, Request, Response, get, post};

use super::{caller::Caller, front::Front};

/// Requests of each API with what else may be in them.
fn requests() -> Vec<(Listener, Request)> {
    vec![
        (Listener::Inference, post("/predictions/m").body("12345")),
        (Listener::Inference, get("/none")),
        (Listener::Management, get("/models")),
        (Listener::Management, post("/models?url=x.mar").body("x")),
        (Listener::Management, get("/none")),
        (Listener::Management, get("/token?type=inference")),
        (Listener::Management, post("/plugins/reload")),
    ]
}

/// One body for every reason; the next request on the connection is served.
#[test]
fn every_reason_gets_torchserves_response_and_the_connection_stays_usable() {
    for front in Front::start_all(|builder| builder) {
        let host = &front.host;
        let keys = host.keys();
        for mut caller in front.callers() {
            for (listener, request) in requests() {
                caller.assert_denied(listener, &request);
                caller.assert_denied(listener, &request.clone().key(&"A".repeat(43)));
                caller.assert_denied(
                    listener,
                    &request.clone().header("Authorization", "Basic x"),
                );
                if request.target() != "/token?type=inference" {
                    caller.assert_denied(listener, &request.key(&keys.api));
                }
            }
        }
        assert_eq!(front.connections(), 0);
        assert_eq!(host.keys(), keys);
        for mut caller in front.callers() {
            for _ in 0..3 {
                caller.assert_denied(Listener::Inference, &post("/predictions/m"));
                let allowed = post("/predictions/m").key(&keys.inference.key);
                let response = caller.inference(&allowed);
                assert_eq!(response.status, 200, "{response:?}");
            }
        }
        assert_eq!(front.forwarded(), 6);
    }
}

#[test]
fn an_expired_key_is_denied_and_the_api_key_never_expires() {
    let fronts = Front::start_all(|builder| builder.property("token_expiration_min", "0.02"));
    for front in &fronts {
        let keys = front.host.keys();
        keys.inference.wait_until_expired();
        keys.management.wait_until_expired();
        let (inference, management) = (keys.inference.key, keys.management.key);
        for mut caller in front.callers() {
            caller.assert_denied(Listener::Inference, &post("/predictions/m").key(&inference));
            caller.assert_denied(Listener::Management, &get("/models").key(&management));
            caller.assert_denied(Listener::Management, &get("/plugins").key(&management));
            caller.assert_denied(Listener::Management, &get("/none").key(&management));
        }
        assert_eq!(front.connections(), 0);
        for mut caller in front.callers() {
            caller.rotate("inference");
            let request = post("/predictions/m").key(&front.host.keys().inference.key);
            assert_eq!(caller.inference(&request).status, 200);
        }
        assert_eq!(front.forwarded(), 2);
    }
}

/// Status, `error` of the challenge if there is one, and the body's code.
#[track_caller]
fn assert_standard(response: &Response, status: u16, error: Option<&str>) {
    assert_eq!(response.status, status, "{response:?}");
    let challenge = response.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    match error {
        Some(error) => {
            let member = format!("error=\"{error}\"");
            assert!(challenge.contains(&member), "{challenge}");
        }
        None => assert!(!challenge.contains("error"), "{challenge}"),
    }
    assert_eq!(response.json()["code"], status);
    assert_eq!(response.json()["type"], "InvalidKeyException");
    assert!(!response.closes(), "{response:?}");
}

/// A good key that does not open the request.
fn key_of_another_kind(host: &Host, listener: Listener, request: &Request) -> String {
    let keys = host.keys();
    match listener {
        Listener::Management if request.target().starts_with("/token") => keys.management.key,
        _ => keys.api,
    }
}

fn check_standard(caller: &mut Caller<'_>) {
    for (listener, request) in requests() {
        let other = key_of_another_kind(caller.host, listener, &request);
        let missing = caller.exchange(listener, &request);
        assert_standard(&missing, 401, None);
        let unknown = caller.exchange(listener, &request.clone().key(&"A".repeat(43)));
        assert_standard(&unknown, 401, Some("invalid_token"));
        let of_another_kind = caller.exchange(listener, &request.key(&other));
        assert_standard(&of_another_kind, 403, Some("insufficient_scope"));
    }
    let keys = caller.host.keys();
    let swapped = [
        (
            Listener::Inference,
            post("/predictions/m"),
            keys.management.key,
        ),
        (Listener::Management, get("/models"), keys.inference.key),
    ];
    for (listener, request, key) in swapped {
        let response = caller.exchange(listener, &request.key(&key));
        assert_standard(&response, 403, Some("insufficient_scope"));
    }
}

#[test]
fn with_standard_it_is_401_or_403() {
    for front in Front::start_all(|one| one.property("token_auth_status", "standard")) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            check_standard(&mut caller);
        }
        assert_eq!(front.connections(), 0);
        for mut caller in front.callers() {
            let models = get("/models").key(&keys.management.key);
            assert_eq!(caller.management(&models).status, 200);
        }
        assert_eq!(front.host.keys(), keys);
    }
}

#[test]
fn with_standard_an_expired_key_is_401() {
    let fronts = Front::start_all(|builder| {
        builder
            .property("token_auth_status", "standard")
            .property("token_expiration_min", "0.02")
    });
    for front in &fronts {
        let keys = front.host.keys();
        keys.management.wait_until_expired();
        keys.inference.wait_until_expired();
        for mut caller in front.callers() {
            // Also where another kind of key is needed.
            for key in [&keys.inference.key, &keys.management.key] {
                for (listener, target) in [
                    (Listener::Inference, "/predictions/m"),
                    (Listener::Management, "/models"),
                    (Listener::Management, "/none"),
                ] {
                    let response = caller.exchange(listener, &get(target).key(key));
                    assert_standard(&response, 401, Some("invalid_token"));
                }
            }
        }
        assert_eq!(front.connections(), 0);
    }
}
