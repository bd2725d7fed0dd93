use std::sync::Arc;

use token_core::{
    Clock, ExpiringKey, Expiry, Key, KeyLength, Keys, Lifetime,
    testing::{CountingRandom, ManualClock},
};

use super::{TEXT_BYTES_MAX, render, render_response};

fn keys(length: KeyLength) -> Keys {
    let mut random = CountingRandom::starting_at(0);
    let mut key = || Key::generate(length, &mut random).unwrap();
    let expiring = |key| {
        Arc::new(ExpiringKey {
            key,
            expiry: Expiry::after(Lifetime::default(), ManualClock::new().read()).unwrap(),
        })
    };
    Keys {
        management: expiring(key()),
        inference: expiring(key()),
        api: Arc::new(key()),
    }
}

#[test]
fn the_file_has_the_format_of_torchserve() {
    let text = render(&keys(KeyLength::from_bytes(6).unwrap()));
    assert_eq!(
        String::from_utf8_lossy(&text),
        r#"{
  "management": {
    "key": "AAECAwQF",
    "expiration time": "2024-02-16T21:12:24.801167Z"
  },
  "inference": {
    "key": "BgcICQoL",
    "expiration time": "2024-02-16T21:12:24.801167Z"
  },
  "API": {
    "key": "DA0ODxAR"
  }
}
"#
    );
}

#[test]
fn the_longest_keys_fit_into_the_buffer_that_is_overwritten() {
    let keys = keys(KeyLength::from_bytes(KeyLength::MAX_BYTES).unwrap());
    assert_eq!(render(&keys).capacity(), TEXT_BYTES_MAX);
}

#[test]
fn a_response_holds_the_key_only_if_it_is_given() {
    let keys = keys(KeyLength::from_bytes(6).unwrap());
    let without: serde_json::Value =
        serde_json::from_slice(&render_response("management", "soon", None)).unwrap();
    assert_eq!(
        without,
        serde_json::json!({"type": "management", "expiration time": "soon"})
    );
    let with: serde_json::Value =
        serde_json::from_slice(&render_response("inference", "soon", Some(&keys.api))).unwrap();
    assert_eq!(
        with,
        serde_json::json!({"type": "inference", "key": "DA0ODxAR", "expiration time": "soon"})
    );
}
