//! One keyring over a store that nobody else uses.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use self::shared_memory::{MemberStore, SharedMemory};
use super::Keyring;
use crate::{
    EntropyError, ExpiringKind, KeyEvent, KeyKind, KeyLength, KeyStatus, KeyringError, Lifetime,
    Random, SystemRandom,
    testing::{CountingRandom, ManualClock},
};

mod hand_over;
mod shared_memory;
mod shared_store;

/// No machine is that slow.
const DEADLINE: Duration = Duration::from_secs(60);

const HOUR_MICROS: i64 = 3_600_000_000;

struct Ring {
    keyring: Keyring<MemberStore>,
    clock: ManualClock,
    memory: Arc<SharedMemory>,
    events: Events,
}

/// What was reported, in words.
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
        KeyEvent::Generated => "generated".to_owned(),
        KeyEvent::Loaded => "loaded".to_owned(),
        KeyEvent::Rotated { kind, expiry } => format!("{kind} until {}", expiry.text()),
        KeyEvent::RotationFailed { kind, error } => format!("{kind} failed: {error}"),
        KeyEvent::TakenOver => "taken over".to_owned(),
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
        self.keyring.active().check(wanted, presented)
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
fn an_expired_key_is_invalid_everywhere_and_the_api_key_never_expires() {
    let ring = Ring::new();
    ring.keyring
        .set_lifetime(Lifetime::from_minutes(0.25).unwrap());
    let keys = ring.generate();
    let inference = |wanted| ring.check(wanted, &keys.inference);
    ring.clock.run(14_999_999);
    assert_eq!(inference(KeyKind::Inference), KeyStatus::Valid);
    ring.clock.run(1);
    assert_eq!(inference(KeyKind::Inference), KeyStatus::Invalid);
    assert_eq!(inference(KeyKind::Api), KeyStatus::Invalid);
    ring.clock.run(1_000 * 365 * 86_400 * 1_000_000);
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
}

#[test]
fn a_rotation_makes_no_other_key_valid_again_that_was_found_expired() {
    let ring = Ring::new();
    let keys = ring.generate();
    let management = || ring.check(KeyKind::Management, &keys.management);
    ring.clock.set_wall_by(HOUR_MICROS);
    assert_eq!(management(), KeyStatus::Invalid);
    ring.clock.set_wall_by(-HOUR_MICROS);
    ring.rotate(ExpiringKind::Inference);
    assert_eq!(management(), KeyStatus::Invalid);
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
fn what_happens_to_the_keys_is_reported_once_and_never_with_a_key() {
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

#[test]
fn checks_during_rotations_accept_the_current_key_and_none_that_was_replaced_before_they_began() {
    const ROTATIONS: usize = 300;
    let ring = Ring::with(SystemRandom);
    let (begun, checks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let published = ArcSwap::from_pointee(Round {
        number: 0,
        current: ring.generate().inference,
        replaced: vec![b'A'; 43],
    });
    let begun_at = Instant::now();
    thread::scope(|scope| {
        let check = || {
            loop {
                let round = published.load_full();
                let status = |key| ring.check(KeyKind::Inference, key);
                assert_eq!(status(&round.replaced), KeyStatus::Invalid);
                if status(&round.current) != KeyStatus::Valid {
                    assert!(begun.load(Ordering::SeqCst) > round.number);
                }
                checks.fetch_add(1, Ordering::SeqCst);
                if round.number == ROTATIONS {
                    return;
                }
            }
        };
        for _ in 0..8 {
            scope.spawn(check);
        }
        for number in 1..=ROTATIONS {
            begun.store(number, Ordering::SeqCst);
            let current = ring.rotate(ExpiringKind::Inference).inference;
            let replaced = published.load().current.clone();
            published.store(Arc::new(Round {
                number,
                current,
                replaced,
            }));
            // No round without a check. If the checks end early, a thread has failed.
            let checks_before = checks.load(Ordering::SeqCst);
            while checks.load(Ordering::SeqCst) == checks_before && begun_at.elapsed() < DEADLINE {
                thread::yield_now();
            }
        }
    });
    assert!(checks.into_inner() >= ROTATIONS);
}

/// What has been answered when a check begins.
struct Round {
    number: usize,
    current: Vec<u8>,
    replaced: Vec<u8>,
}
