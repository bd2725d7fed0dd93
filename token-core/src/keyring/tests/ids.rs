//! The key that a check has found.

use super::{HOUR_MICROS, Ring};
use crate::{ExpiringKind, KeyId, KeyKind, KeyStatus};

#[test]
fn a_check_identifies_the_key_whether_valid_or_not() {
    let ring = Ring::new();
    let keys = ring.generate();
    let stored = ring.memory.read().unwrap().keys;
    let id = |wanted, text: &[u8]| ring.keyring.active().check(wanted, text).id;
    for (text, expected) in [
        (&keys.api, stored.api.id()),
        (&keys.management, stored.management.key.id()),
        (&keys.inference, stored.inference.key.id()),
    ] {
        assert!(expected.is_some());
        for wanted in [KeyKind::Api, KeyKind::Management, KeyKind::Inference] {
            assert_eq!(id(wanted, text), expected);
        }
    }
    ring.clock.run(HOUR_MICROS);
    let expired = ring
        .keyring
        .active()
        .check(KeyKind::Inference, &keys.inference);
    assert_eq!(expired.status, KeyStatus::Expired);
    assert_eq!(expired.id, stored.inference.key.id());
    assert_eq!(id(KeyKind::Inference, &[b'A'; 43]), None);
}

#[test]
fn the_kind_of_a_key_is_known_by_its_id_as_long_as_the_key_is_in_force() {
    let ring = Ring::new();
    ring.generate();
    let stored = ring.memory.read().unwrap().keys;
    let kind_of = |id: Option<KeyId>| ring.keyring.active().kind_of(id.unwrap());
    assert_eq!(kind_of(stored.api.id()), Some(KeyKind::Api));
    assert_eq!(
        kind_of(stored.management.key.id()),
        Some(KeyKind::Management)
    );
    let inference = stored.inference.key.id();
    assert_eq!(kind_of(inference), Some(KeyKind::Inference));
    ring.rotate(ExpiringKind::Inference);
    assert_eq!(kind_of(inference), None);
    assert_eq!(kind_of(KeyId::new(1)), None);
}
