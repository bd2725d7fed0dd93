//! `token_header=x-api-key`: clients of Anthropic's API send their key there.

use integration_tests::{Listener, get, post};

use super::front::Front;

#[test]
fn the_key_is_taken_from_either_header_and_passed_on_in_none() {
    for front in Front::start_all(|one| one.property("token_header", "x-api-key")) {
        let keys = front.host.keys();
        let (inference, management) = (keys.inference.key.as_str(), keys.management.key.as_str());
        let allowed = [
            (
                Listener::Inference,
                post("/predictions/m").header("X-Api-Key", inference),
            ),
            (Listener::Inference, post("/predictions/m").key(inference)),
            (
                Listener::Management,
                get("/models").header("x-api-key", management),
            ),
        ];
        for mut caller in front.callers() {
            for (listener, request) in &allowed {
                let response = caller.exchange(*listener, request);
                assert_eq!(response.status, 200, "{request:?} {response:?}");
                let headers = response.json()["headers"].to_string();
                assert!(!headers.contains("authorization"), "{headers}");
                assert!(!headers.contains("x-api-key"), "{headers}");
                assert!(headers.contains("x-token-principal"), "{headers}");
            }
            let rotate = get("/token?type=none").header("x-api-key", keys.api.as_str());
            assert_eq!(caller.management(&rotate).status, 400);
        }
    }
}

/// Whichever of them is right.
#[test]
fn two_keys_are_denied() {
    for front in Front::start_all(|one| one.property("token_header", "x-api-key")) {
        let keys = front.host.keys();
        let key = keys.inference.key.as_str();
        let request = || post("/predictions/m");
        let denied = [
            request().key(key).header("x-api-key", key),
            request().key("wrong").header("x-api-key", key),
            request().key(key).header("x-api-key", "wrong"),
            request().key(key).header("x-api-key", ""),
            request()
                .header("Authorization", "")
                .header("x-api-key", key),
            request().header("x-api-key", key).header("x-api-key", key),
            request().header("x-api-key", keys.management.key.as_str()),
            request().header("x-api-key", keys.api.as_str()),
            request().header("x-api-key", format!("{key} {key}")),
            request().header("x-api-key", ""),
            request(),
        ];
        for mut caller in front.callers() {
            for request in &denied {
                caller.assert_denied(Listener::Inference, request);
            }
        }
        assert_eq!(front.connections(), 0);
    }
}
