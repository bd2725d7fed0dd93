//! In which forms a key is accepted.

use integration_tests::{Listener, Request, get, post};

use super::front::Front;
use crate::expect::is_denied;

/// Values of `Authorization` around a key, and whether they are allowed.
fn values(key: &str) -> Vec<(Vec<u8>, bool)> {
    let text = |value: String, is_allowed| (value.into_bytes(), is_allowed);
    vec![
        text(format!("Bearer {key}"), true),
        text(format!("bearer {key}"), true),
        text(format!("BEARER {key}"), true),
        text(format!("Bearer  {key}"), true),
        text(format!("Basic {key}"), false),
        text(format!("foo {key}"), false),
        text(format!("Bearer{key}"), false),
        text(format!("Bearer {key} {key}"), false),
        text(format!("Bearer {key},{key}"), false),
        text(format!("Bearer \"{key}\""), false),
        text(key.to_owned(), false),
        text("Bearer".to_owned(), false),
        text(String::new(), false),
        text(format!("Bearer {key}{}", "A".repeat(8000)), false),
        text(format!("Bearer {}", &key[1..]), false),
        ([b"Bearer ", key.as_bytes(), b"\xc3\xa9"].concat(), false),
    ]
}

#[test]
fn the_forms_of_a_key_are_the_same_for_each_api() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        let calls = [
            (
                Listener::Inference,
                post("/predictions/m"),
                keys.inference.key,
            ),
            (Listener::Management, get("/models"), keys.management.key),
            (Listener::Management, get("/token"), keys.api),
        ];
        for mut caller in front.callers() {
            for (listener, request, key) in &calls {
                for (value, is_allowed) in values(key) {
                    let shown = String::from_utf8_lossy(&value).into_owned();
                    let before = front.forwarded();
                    let request = request.clone().header("Authorization", value);
                    let response = caller.exchange(*listener, &request);
                    assert_eq!(!is_denied(&response), is_allowed, "{shown} {response:?}");
                    let is_forwarded = is_allowed && request.target() != "/token";
                    let forwarded = front.forwarded() - before;
                    assert_eq!(forwarded, usize::from(is_forwarded), "{shown}");
                }
            }
        }
    }
}

/// Also where one of them is right, whichever comes first.
#[test]
fn two_headers_and_a_key_in_the_query_are_denied() {
    for front in Front::start_all(|builder| builder) {
        let key = front.host.keys().inference.key;
        let request = || post("/predictions/m");
        let twice = |first: &str, second: &str| request().key(first).key(second);
        let requests: [Request; 7] = [
            twice(&key, &key),
            twice(&key, "wrong"),
            twice("wrong", &key),
            twice(&key, ""),
            post(&format!("/predictions/m?token={key}")),
            request().header("Proxy-Authorization", format!("Bearer {key}")),
            request().header("X-Api-Key", key.as_str()),
        ];
        for mut caller in front.callers() {
            for request in &requests {
                caller.assert_denied(Listener::Inference, request);
            }
        }
        assert_eq!(front.connections(), 0);
    }
}
