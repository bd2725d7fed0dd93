//! One keyring over a store that no other keyring uses.

use std::sync::{Arc, Mutex};

use self::shared_memory::{MemberStore, SharedMemory};
use super::Keyring;
use crate::{
    EntropyError, ExpiringKind, KeyEvent, KeyKind, KeyLength, KeyStatus, KeyringError, Lifetime,
    NotInForce, Random,
    testing::{CountingRandom, ManualClock},
};

mod concurrent;
mod hand_over;
mod ids;
mod shared_memory;
mod shared_store;
mod watch;

const HOUR_MICROS: i64 = 3_600_000_000;

struct Ring {
    keyring: Keyring<MemberStore>,
    clock: ManualClock,
    memory: Arc<SharedMemory>,
    events: Events,
}

/// The reported events, as text.
#[derive(Clone, Debug, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn recorder(&self) -> impl Fn(&KeyEvent<'_>) + Send + Sync + 'static {
        let events = self.clone();
        move |event| events.0.lock().unwrap().push(words(event))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn words(event: &KeyEvent<'_>) -> String {
    match event {
        KeyEvent::Generated { .. } => "generated".to_owned(),
        KeyEvent::Loaded { .. } => "loaded".to_owned(),
        KeyEvent::Rotated { kind, expiry, .. } => format!("{kind} until {}", expiry.text()),
        KeyEvent::RotationFailed { kind, error, .. } => format!("{kind} failed: {error}"),
        KeyEvent::ExpiresSoon { kind, expiry } => format!("{kind} expires soon: {}", expiry.text()),
        KeyEvent::Expired { kind, expiry } => format!("{kind} expired: {}", expiry.text()),
        KeyEvent::TakenOver { .. } => "taken over".to_owned(),
        KeyEvent::TakeOverFailed { error } => format!("not taken over: {error}"),
        KeyEvent::CloseFailed { error } => format!("not closed: {error}"),
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Texts {
    management: Vec<u8>,
    inference: Vec<u8>,
    api: Vec<u8>,
}

impl Ring {
    fn new() -> Self {
        Self::with(CountingRandom::starting_at(0))
    }

    fn with(random: impl Random) -> Self {
        let clock = ManualClock::new();
        let memory = SharedMemory::new(&clock, None);
        let (store, _) = memory.member();
        let events = Events::default();
        let length = KeyLength::default();
        let keyring = Keyring::new(store, length, clock.clone(), random, events.recorder());
        Self {
            keyring,
            clock,
            memory,
            events,
        }
    }

    fn check(&self, wanted: KeyKind, presented: &[u8]) -> KeyStatus {
        self.keyring.active().check(wanted, presented).status
    }

    fn stored(&self) -> Texts {
        texts(&self.memory.read().unwrap().keys)
    }

    fn generate(&self) -> Texts {
        self.keyring.generate_all().unwrap();
        self.stored()
    }

    fn rotate(&self, kind: ExpiringKind) -> Texts {
        let new = self.keyring.rotate(kind).unwrap();
        let stored = self.memory.read().unwrap().keys;
        assert!(stored.expiring(kind).key.matches(new.key.secret_text()));
        texts(&stored)
    }
}

fn texts(keys: &crate::Keys) -> Texts {
    Texts {
        management: keys.management.key.secret_text().to_vec(),
        inference: keys.inference.key.secret_text().to_vec(),
        api: keys.api.secret_text().to_vec(),
    }
}

#[test]
fn before_there_are_keys_every_key_is_invalid_and_none_can_be_replaced() {
    let ring = Ring::new();
    for presented in [&b""[..], b"key"] {
        assert_eq!(ring.check(KeyKind::Api, presented), KeyStatus::Invalid);
    }
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(KeyringError::NoKeys)
    ));
}

#[test]
fn each_key_is_valid_for_its_own_kind_and_of_the_wrong_kind_elsewhere() {
    let ring = Ring::new();
    let keys = ring.generate();
    let kinds = [KeyKind::Api, KeyKind::Management, KeyKind::Inference];
    for (own, text) in kinds
        .iter()
        .zip([keys.api, keys.management, keys.inference])
    {
        for wanted in kinds {
            let expected = if wanted == *own {
                KeyStatus::Valid
            } else {
                KeyStatus::WrongKind
            };
            assert_eq!(ring.check(wanted, &text), expected);
        }
    }
    assert_eq!(
        ring.check(KeyKind::Inference, &[b'A'; 43]),
        KeyStatus::Invalid
    );
}

#[test]
fn a_rotation_replaces_its_own_key_and_no_other() {
    let ring = Ring::new();
    let before = ring.generate();
    let after = ring.rotate(ExpiringKind::Inference);
    assert_ne!(after.inference, before.inference);
    assert_eq!(
        (&after.management, &after.api),
        (&before.management, &before.api)
    );
    for (kind, text, expected) in [
        (KeyKind::Inference, &before.inference, KeyStatus::Invalid),
        (KeyKind::Inference, &after.inference, KeyStatus::Valid),
        (KeyKind::Management, &before.management, KeyStatus::Valid),
        (KeyKind::Api, &before.api, KeyStatus::Valid),
    ] {
        assert_eq!(ring.check(kind, text), expected);
    }
}

#[test]
fn all_keys_can_be_replaced_together() {
    let ring = Ring::new();
    let before = ring.generate();
    let after = ring.generate();
    assert_ne!(after.api, before.api);
    assert_eq!(ring.check(KeyKind::Api, &before.api), KeyStatus::Invalid);
    assert_eq!(ring.check(KeyKind::Api, &after.api), KeyStatus::Valid);
}

#[test]
fn keys_are_in_force_from_their_generation_to_the_end_even_if_those_that_expire_have_expired() {
    let ring = Ring::new();
    let active = ring.keyring.active();
    assert_eq!(active.in_force(), Err(NotInForce::NoKeys));
    ring.generate();
    assert_eq!(active.in_force(), Ok(()));
    ring.clock.run(HOUR_MICROS);
    assert_eq!(active.in_force(), Ok(()));
    ring.keyring.close();
    assert_eq!(active.in_force(), Err(NotInForce::Closed));
}

#[test]
fn the_deadline_is_that_of_the_key_in_force() {
    let ring = Ring::new();
    let active = ring.keyring.active();
    assert_eq!(active.deadline(ExpiringKind::Inference), None);
    ring.generate();
    let first = active.deadline(ExpiringKind::Management);
    assert_eq!(active.deadline(ExpiringKind::Inference), first);
    ring.clock.run(1_000_000);
    ring.rotate(ExpiringKind::Inference);
    let wall_micros = |kind| active.deadline(kind).map(|deadline| deadline.wall_micros);
    let first = first.unwrap().wall_micros;
    assert_eq!(
        wall_micros(ExpiringKind::Inference),
        Some(first + 1_000_000)
    );
    assert_eq!(wall_micros(ExpiringKind::Management), Some(first));
}

#[test]
fn an_expired_key_is_expired_everywhere_and_the_api_key_never_expires() {
    let ring = Ring::new();
    ring.keyring
        .set_lifetime(Lifetime::from_minutes(0.25).unwrap());
    let keys = ring.generate();
    let inference = |wanted| ring.check(wanted, &keys.inference);
    ring.clock.run(14_999_999);
    assert_eq!(inference(KeyKind::Inference), KeyStatus::Valid);
    ring.clock.run(1);
    assert_eq!(inference(KeyKind::Inference), KeyStatus::Expired);
    assert_eq!(inference(KeyKind::Api), KeyStatus::Expired);
    ring.clock.run(1_000 * 365 * 86_400 * 1_000_000);
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
}

#[test]
fn a_rotation_does_not_make_another_expired_key_valid_again() {
    let ring = Ring::new();
    let keys = ring.generate();
    let management = || ring.check(KeyKind::Management, &keys.management);
    ring.clock.set_wall_by(HOUR_MICROS);
    assert_eq!(management(), KeyStatus::Expired);
    ring.clock.set_wall_by(-HOUR_MICROS);
    ring.rotate(ExpiringKind::Inference);
    assert_eq!(management(), KeyStatus::Expired);
}

#[test]
fn a_rotation_begins_a_new_lifetime() {
    let ring = Ring::new();
    ring.generate();
    ring.clock.run(HOUR_MICROS);
    let keys = ring.rotate(ExpiringKind::Management);
    ring.clock.run(HOUR_MICROS - 1);
    assert_eq!(
        ring.check(KeyKind::Management, &keys.management),
        KeyStatus::Valid
    );
}

#[test]
fn a_store_that_fails_leaves_the_old_keys_valid() {
    let ring = Ring::new();
    let keys = ring.generate();
    ring.memory.set_broken(true);
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(KeyringError::Store(_))
    ));
    assert!(ring.keyring.generate_all().is_err());
    assert_eq!(ring.stored(), keys);
    assert_eq!(
        ring.check(KeyKind::Management, &keys.management),
        KeyStatus::Valid
    );
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
}

#[test]
fn a_random_source_that_fails_leaves_the_old_keys_valid_and_stored() {
    struct ThreeKeys(u8);
    impl Random for ThreeKeys {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            self.0 += 1;
            if self.0 > 3 {
                return Err(EntropyError {
                    reason: "dry".to_owned(),
                });
            }
            CountingRandom::starting_at(self.0).fill(buffer)
        }
    }
    let ring = Ring::with(ThreeKeys(0));
    let keys = ring.generate();
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Inference),
        Err(KeyringError::Key(_))
    ));
    assert_eq!(ring.stored(), keys);
    assert_eq!(
        ring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
}

#[test]
fn a_closed_keyring_accepts_no_key_and_makes_none() {
    let ring = Ring::new();
    let keys = ring.generate();
    ring.keyring.close();
    assert_eq!(ring.memory.members(), 0);
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Invalid);
    assert!(matches!(
        ring.keyring.generate_all(),
        Err(KeyringError::Closed)
    ));
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(KeyringError::Closed)
    ));
}

#[test]
fn events_are_reported_once_and_never_with_a_key() {
    let ring = Ring::new();
    let events = ring.events.clone();
    ring.generate();
    ring.rotate(ExpiringKind::Inference);
    ring.memory.set_broken(true);
    assert!(ring.keyring.rotate(ExpiringKind::Management).is_err());
    ring.keyring.close();
    drop(ring);
    assert_eq!(
        events.take(),
        [
            "generated",
            "inference until 2024-02-16T21:12:24.801167Z",
            "management failed: the memory is broken",
            "not closed: the memory is broken",
        ]
    );
}

#[test]
fn debug_shows_no_key() {
    let ring = Ring::new();
    let keys = ring.generate();
    let shown = format!("{:?} {:?}", ring.keyring, ring.memory.read());
    let api = String::from_utf8(keys.api).unwrap();
    assert!(
        shown.contains("Keyring") && !shown.contains(&api),
        "{shown}"
    );
}
