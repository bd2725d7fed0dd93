//! A keyring continues with the keys of another one in the same process.

use std::process;

use super::{Events, HOUR_MICROS, Ring, Texts, shared_memory::MemberStore};
use crate::{
    ExpiringKind, HAND_OVER_VERSION, KeyKind, KeyLength, KeyStatus, Keyring, KeyringError,
    SystemRandom,
};

pub(super) fn successor(ring: &Ring) -> (Keyring<MemberStore>, Events) {
    let (store, _) = ring.memory.member();
    let events = Events::default();
    let clock = ring.clock.clone();
    let length = KeyLength::default();
    let keyring = Keyring::new(store, length, clock, SystemRandom, events.recorder());
    (keyring, events)
}

fn accepts_all(keyring: &Keyring<MemberStore>, keys: &Texts) -> bool {
    [
        (KeyKind::Api, &keys.api),
        (KeyKind::Management, &keys.management),
        (KeyKind::Inference, &keys.inference),
    ]
    .into_iter()
    .all(|(kind, text)| keyring.active().check(kind, text).status == KeyStatus::Valid)
}

#[test]
fn a_successor_goes_on_with_the_keys_and_the_predecessor_makes_none_once_it_retired() {
    let old = Ring::new();
    let keys = old.generate();
    let (new, events) = successor(&old);
    let handed_over = old.keyring.hand_over().unwrap();
    assert!(new.take_over(HAND_OVER_VERSION, &handed_over));
    assert_eq!(events.take(), ["taken over"]);
    old.keyring.retire();
    assert!(accepts_all(&new, &keys) && accepts_all(&old.keyring, &keys));
    assert!(old.keyring.hand_over().is_none());
    assert!(matches!(
        old.keyring.rotate(ExpiringKind::Inference),
        Err(KeyringError::Retired)
    ));

    new.rotate(ExpiringKind::Inference).unwrap();
    assert!(accepts_all(&new, &old.stored()));
    let replaced = new
        .active()
        .check(KeyKind::Inference, &keys.inference)
        .status;
    assert_eq!(replaced, KeyStatus::Invalid);
}

#[test]
fn a_key_found_expired_stays_so_in_the_successor() {
    let old = Ring::new();
    let keys = old.generate();
    old.clock.set_wall_by(HOUR_MICROS);
    let status = old.check(KeyKind::Management, &keys.management);
    assert_eq!(status, KeyStatus::Expired);
    let (new, _) = successor(&old);
    assert!(new.take_over(HAND_OVER_VERSION, &old.keyring.hand_over().unwrap()));
    old.clock.set_wall_by(-HOUR_MICROS);
    let status = |kind, text| new.active().check(kind, text).status;
    assert_eq!(
        status(KeyKind::Management, &keys.management),
        KeyStatus::Expired
    );
    // This one was not found expired.
    assert_eq!(
        status(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
}

#[test]
fn before_there_are_keys_and_after_the_end_nothing_is_handed_over() {
    let ring = Ring::new();
    assert!(ring.keyring.hand_over().is_none());
    ring.generate();
    ring.keyring.close();
    assert!(ring.keyring.hand_over().is_none());
}

#[test]
fn what_is_not_for_this_process_or_build_or_is_out_of_date_is_not_taken_over() {
    let old = Ring::new();
    let keys = old.generate();
    let handed_over = old.keyring.hand_over().unwrap();
    let mut of_another_process = handed_over.clone();
    of_another_process[..4].copy_from_slice(&(process::id() + 1).to_ne_bytes());
    let out_of_date = handed_over.clone();
    old.rotate(ExpiringKind::Inference);
    for (version, bytes, reason) in [
        (
            HAND_OVER_VERSION + 1,
            &handed_over,
            "their format has version 2: expected 1".to_owned(),
        ),
        (
            HAND_OVER_VERSION,
            &of_another_process,
            format!("they are of process {}", process::id() + 1),
        ),
        (
            HAND_OVER_VERSION,
            &out_of_date,
            "the memory is broken".to_owned(),
        ),
        (
            HAND_OVER_VERSION,
            &b"keys".to_vec(),
            "their format is not that of version 1".to_owned(),
        ),
    ] {
        let (new, events) = successor(&old);
        assert!(!new.take_over(version, bytes));
        assert_eq!(events.take(), [format!("not taken over: {reason}")]);
        assert!(!accepts_all(&new, &keys));
    }
}

#[test]
fn the_predecessor_goes_on_when_the_successor_is_dropped() {
    let old = Ring::new();
    old.generate();
    let (new, _) = successor(&old);
    assert!(new.take_over(HAND_OVER_VERSION, &old.keyring.hand_over().unwrap()));
    drop(new);
    let keys = old.rotate(ExpiringKind::Management);
    assert!(accepts_all(&old.keyring, &keys));
}
