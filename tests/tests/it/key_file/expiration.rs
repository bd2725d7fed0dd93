//! `token_expiration_min` and the expiration of keys.

use std::time::{Duration, SystemTime};

use integration_tests::{Host, get};

use super::token_plugin;
use crate::expect::{is_denied, opens_inference, opens_management, rotate};

/// 1.2 seconds.
const SHORT_MINUTES: &str = "0.02";

fn lifetime(host: &Host, started_after: SystemTime) -> (Duration, Duration) {
    let expiration = host.keys().management.expiration();
    let longest = expiration
        .duration_since(started_after)
        .expect("in the future");
    let shortest = expiration
        .duration_since(SystemTime::now())
        .expect("in the future");
    (shortest, longest)
}

#[test]
fn the_default_is_sixty_minutes() {
    let before = SystemTime::now();
    let host = Host::with_token_plugin();
    let (shortest, longest) = lifetime(&host, before);

    let hour = Duration::from_mins(60);
    assert!(shortest <= hour && hour <= longest + Duration::from_millis(1));
}

#[test]
fn a_quarter_is_fifteen_seconds() {
    let before = SystemTime::now();
    let host = token_plugin()
        .property("token_expiration_min", "0.25")
        .start();
    let (shortest, longest) = lifetime(&host, before);

    let quarter = Duration::from_secs(15);
    assert!(shortest <= quarter && quarter <= longest + Duration::from_millis(1));
}

#[test]
fn anything_but_a_number_within_its_bounds_aborts_startup() {
    let values = [
        "0", "0.0", "-0.0", "-1", "NaN", "nan", "Infinity", "inf", "1e999", "52560001", "30m",
        "abc", "",
    ];
    for value in values {
        let refusal = token_plugin()
            .property("token_expiration_min", value)
            .refused();
        let line = refusal.line();

        assert!(line.contains("token_expiration_min"), "{line}");
        assert!(line.contains("config.properties:4"), "{line}");
        assert!(line.contains(value), "{line}");
        assert!(!refusal.folder().join("key_file.json").exists());
    }
}

/// And accepted until then.
#[test]
fn a_key_is_invalid_from_the_instant_in_the_file() {
    let host = token_plugin()
        .property("token_expiration_min", SHORT_MINUTES)
        .start();
    let key = host.keys().inference;
    let expiration = key.expiration();
    let request = get("/ping").key(&key.key);
    let mut connection = host.connect(integration_tests::Listener::Inference);
    let mut accepted = 0;

    loop {
        let sent = SystemTime::now();
        let denied = is_denied(&connection.exchange(&request));
        let responded = SystemTime::now();
        if responded < expiration {
            assert!(!denied, "refused before its instant");
            accepted += 1;
        } else if sent >= expiration {
            assert!(denied, "accepted at or after its instant");
            break;
        }
    }
    assert!(accepted > 0);
}

/// An expired key stays expired; a rotation makes a new one.
#[test]
fn the_api_key_never_expires_and_replaces_expired_keys() {
    let host = token_plugin()
        .property("token_expiration_min", SHORT_MINUTES)
        .start();
    let expired = host.keys();
    expired.management.wait_until_expired();
    expired.inference.wait_until_expired();

    assert!(!opens_management(&host, &expired.management.key));
    assert!(!opens_inference(&host, &expired.inference.key));
    rotate(&host, "management");
    let fresh = host.keys();
    let response = host.management(&get("/models").key(&fresh.management.key));
    let is_in_time = SystemTime::now() < fresh.management.expiration();
    assert!(!is_in_time || !is_denied(&response));
    assert!(!opens_management(&host, &expired.management.key));
    assert!(!opens_inference(&host, &expired.inference.key));
}
