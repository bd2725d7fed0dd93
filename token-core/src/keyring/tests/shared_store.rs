//! Several keyrings over one store.

use std::{
    sync::{Arc, Barrier, Mutex},
    thread,
};

use super::{
    Events, HOUR_MICROS,
    shared_memory::{MemberStore, SharedMemory},
    texts,
};
use crate::{
    EntropyError, ExpiringKind, HAND_OVER_VERSION, KeyKind, KeyLength, KeyStatus, Keyring,
    KeyringError, Lifetime, NotInForce, Random, Subscriber, SystemRandom, testing::ManualClock,
};

/// How long keys are fresh after they were read.
const TIME_TO_LIVE_MICROS: i64 = 3_000_000;

struct Cluster {
    clock: ManualClock,
    memory: Arc<SharedMemory>,
}

struct Replica {
    keyring: Keyring<MemberStore>,
    member: u32,
    events: Events,
    interruption: Interruption,
}

/// Runs while the replica generates its next key, when other replicas can be faster.
#[derive(Clone, Default)]
struct Interruption(Arc<Mutex<Option<Action>>>);

type Action = Box<dyn FnOnce() + Send>;

impl Random for Interruption {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let interruption = self.0.lock().unwrap().take();
        if let Some(interrupt) = interruption {
            interrupt();
        }
        SystemRandom.fill(buffer)
    }
}

impl Cluster {
    fn new() -> Self {
        let clock = ManualClock::new();
        let time_to_live = Lifetime::from_minutes(0.05).unwrap();
        assert_eq!(time_to_live.micros(), TIME_TO_LIVE_MICROS);
        let memory = SharedMemory::new(&clock, Some(time_to_live));
        Self { clock, memory }
    }

    fn replica(&self) -> Replica {
        let (store, member) = self.memory.member();
        let events = Events::default();
        let interruption = Interruption::default();
        let keyring = Keyring::new(
            store,
            KeyLength::default(),
            self.clock.clone(),
            interruption.clone(),
            events.recorder(),
        );
        Replica {
            keyring,
            member,
            events,
            interruption,
        }
    }

    fn two_replicas(&self) -> [Arc<Replica>; 2] {
        [(), ()].map(|()| {
            let replica = self.replica();
            replica.keyring.generate_all().unwrap();
            Arc::new(replica)
        })
    }

    fn stored(&self, kind: ExpiringKind) -> Vec<u8> {
        let keys = self.memory.read().unwrap().keys;
        keys.expiring(kind).key.secret_text().to_vec()
    }
}

impl Replica {
    fn check(&self, wanted: KeyKind, presented: &[u8]) -> KeyStatus {
        self.keyring.active().check(wanted, presented).status
    }

    fn inference(&self, presented: &[u8]) -> KeyStatus {
        self.check(KeyKind::Inference, presented)
    }

    /// Replaces the key and returns the new one.
    fn rotate(&self, kind: ExpiringKind) -> Vec<u8> {
        let new = self.keyring.rotate(kind).unwrap();
        new.key.secret_text().to_vec()
    }

    fn interrupt_with(&self, interruption: impl FnOnce() + Send + 'static) {
        *self.interruption.0.lock().unwrap() = Some(Box::new(interruption));
    }
}

#[test]
fn a_keyring_uses_the_keys_that_another_one_made() {
    let cluster = Cluster::new();
    let [first, second] = cluster.two_replicas();
    assert_eq!(first.events.take(), ["generated"]);
    assert_eq!(second.events.take(), ["loaded"]);
    let keys = texts(&cluster.memory.read().unwrap().keys);
    for replica in [first, second] {
        assert_eq!(replica.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
        assert_eq!(replica.inference(&keys.inference), KeyStatus::Valid);
    }
}

#[test]
fn keyrings_that_start_at_the_same_time_use_one_set_of_keys() {
    let cluster = Cluster::new();
    let (faster, slower) = (Arc::new(cluster.replica()), cluster.replica());
    let interrupting = Arc::clone(&faster);
    slower.interrupt_with(move || interrupting.keyring.generate_all().unwrap());
    slower.keyring.generate_all().unwrap();
    assert_eq!(slower.events.take(), ["loaded"]);
    let keys = texts(&cluster.memory.read().unwrap().keys);
    for replica in [&*faster, &slower] {
        assert_eq!(replica.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
    }
}

#[test]
fn a_rotation_is_in_force_in_all_keyrings_when_it_returns() {
    let cluster = Cluster::new();
    let replicas = cluster.two_replicas();
    let management = cluster.stored(ExpiringKind::Management);
    let mut old = cluster.stored(ExpiringKind::Inference);
    for round in 0..10 {
        let new = replicas[round % 2].rotate(ExpiringKind::Inference);
        for replica in &replicas {
            assert_eq!(replica.inference(&old), KeyStatus::Invalid);
            assert_eq!(replica.inference(&new), KeyStatus::Valid);
            assert_eq!(
                replica.check(KeyKind::Management, &management),
                KeyStatus::Valid
            );
        }
        old = new;
    }
}

#[test]
fn of_two_concurrent_rotations_of_one_key_one_succeeds() {
    let cluster = Cluster::new();
    let [faster, slower] = cluster.two_replicas();
    slower.events.take();
    let interrupting = Arc::clone(&faster);
    slower.interrupt_with(move || drop(interrupting.rotate(ExpiringKind::Inference)));
    assert!(matches!(
        slower.keyring.rotate(ExpiringKind::Inference),
        Err(KeyringError::Conflict)
    ));
    assert_eq!(
        slower.events.take(),
        ["inference failed: the key was replaced by another server at the same time"]
    );
    let winner = cluster.stored(ExpiringKind::Inference);
    for replica in [faster, slower] {
        assert_eq!(replica.inference(&winner), KeyStatus::Valid);
    }
}

#[test]
fn rotations_of_different_keys_at_the_same_time_both_succeed() {
    let cluster = Cluster::new();
    let [faster, slower] = cluster.two_replicas();
    let interrupting = Arc::clone(&faster);
    slower.interrupt_with(move || drop(interrupting.rotate(ExpiringKind::Management)));
    let before = cluster.stored(ExpiringKind::Management);
    let inference = slower.rotate(ExpiringKind::Inference);
    let management = cluster.stored(ExpiringKind::Management);
    assert_ne!(management, before);
    for replica in [faster, slower] {
        assert_eq!(replica.inference(&inference), KeyStatus::Valid);
        for (presented, expected) in [
            (&before, KeyStatus::Invalid),
            (&management, KeyStatus::Valid),
        ] {
            assert_eq!(replica.check(KeyKind::Management, presented), expected);
        }
    }
}

#[test]
fn a_keyring_without_the_report_of_a_rotation_accepts_no_key_once_the_rotation_returned() {
    let cluster = Cluster::new();
    let [connected, disconnected] = cluster.two_replicas();
    let old = cluster.stored(ExpiringKind::Inference);
    let management = cluster.stored(ExpiringKind::Management);
    cluster.memory.disconnect(disconnected.member);
    let new = connected.rotate(ExpiringKind::Inference);
    for presented in [&old, &new, &management] {
        for wanted in [KeyKind::Inference, KeyKind::Management] {
            assert_eq!(disconnected.check(wanted, presented), KeyStatus::Invalid);
        }
    }
    cluster.memory.reconnect(disconnected.member);
    assert_eq!(disconnected.inference(&old), KeyStatus::Invalid);
    assert_eq!(disconnected.inference(&new), KeyStatus::Valid);
}

#[test]
fn keys_are_invalid_from_the_instant_at_which_they_are_not_fresh_until_they_are_read_again() {
    let cluster = Cluster::new();
    let [replica, _other] = cluster.two_replicas();
    let keys = texts(&cluster.memory.read().unwrap().keys);
    let api = || replica.check(KeyKind::Api, &keys.api);
    let in_force = || replica.keyring.active().in_force();
    cluster.clock.run(TIME_TO_LIVE_MICROS - 1);
    assert_eq!((api(), in_force()), (KeyStatus::Valid, Ok(())));
    cluster.clock.run(1);
    let not_fresh = Err(NotInForce::NotFresh);
    assert_eq!((api(), in_force()), (KeyStatus::Invalid, not_fresh));
    cluster.memory.reconnect(replica.member);
    assert_eq!((api(), in_force()), (KeyStatus::Valid, Ok(())));
    assert_eq!(replica.inference(&keys.inference), KeyStatus::Valid);
}

#[test]
fn keys_that_were_replaced_meanwhile_are_not_handed_over_as_the_newest() {
    let cluster = Cluster::new();
    let [connected, disconnected] = cluster.two_replicas();
    let old = cluster.stored(ExpiringKind::Inference);
    cluster.memory.disconnect(disconnected.member);
    connected.rotate(ExpiringKind::Inference);
    let handed_over = disconnected.keyring.hand_over().unwrap();
    let successor = cluster.replica();
    assert!(!successor.keyring.take_over(HAND_OVER_VERSION, &handed_over));
    assert_eq!(successor.inference(&old), KeyStatus::Invalid);
}

#[test]
fn a_late_report_puts_no_replaced_key_in_force() {
    let cluster = Cluster::new();
    let [replica, other] = cluster.two_replicas();
    let late = cluster.memory.read().unwrap();
    let new = other.rotate(ExpiringKind::Inference);
    let old = late.keys.inference.key.secret_text().to_vec();
    cluster.memory.report(replica.member, late);
    assert_eq!(replica.inference(&old), KeyStatus::Invalid);
    assert_eq!(replica.inference(&new), KeyStatus::Valid);
}

#[test]
fn a_report_after_the_end_puts_no_key_in_force() {
    let cluster = Cluster::new();
    let [replica, _other] = cluster.two_replicas();
    let subscriber = Subscriber::new(Arc::clone(replica.keyring.active()));
    replica.keyring.close();
    let found = cluster.memory.read().unwrap();
    let api = found.keys.api.secret_text().to_vec();
    subscriber.update(found);
    assert_eq!(replica.check(KeyKind::Api, &api), KeyStatus::Invalid);
}

#[test]
fn a_key_that_was_found_expired_stays_so_when_it_is_read_from_the_store_again() {
    let cluster = Cluster::new();
    let [replica, other] = cluster.two_replicas();
    let management = cluster.stored(ExpiringKind::Management);
    let status = || replica.check(KeyKind::Management, &management);
    let api = cluster.memory.read().unwrap().keys.api;
    cluster.clock.set_wall_by(HOUR_MICROS);
    cluster.memory.reconnect(replica.member);
    assert_eq!(
        replica.check(KeyKind::Api, api.secret_text()),
        KeyStatus::Valid
    );
    assert_eq!(status(), KeyStatus::Expired);
    cluster.clock.set_wall_by(-HOUR_MICROS);
    let inference = other.rotate(ExpiringKind::Inference);
    assert_eq!(replica.inference(&inference), KeyStatus::Valid);
    assert_eq!(status(), KeyStatus::Expired);
}

#[test]
fn keyrings_that_rotate_all_the_time_agree_and_accept_no_replaced_key() {
    const ROUNDS: usize = 100;
    let cluster = Cluster::new();
    let replicas = cluster.two_replicas();
    let mut replaced = Vec::new();
    for _ in 0..ROUNDS {
        replaced.push(cluster.stored(ExpiringKind::Inference));
        let start = Barrier::new(replicas.len());
        let made: Vec<_> = thread::scope(|scope| {
            let rotations = replicas.each_ref().map(|replica| {
                scope.spawn(|| {
                    start.wait();
                    replica.keyring.rotate(ExpiringKind::Inference).ok()
                })
            });
            rotations
                .into_iter()
                .filter_map(|rotation| rotation.join().unwrap())
                .map(|new| new.key.secret_text().to_vec())
                .collect()
        });
        let current = cluster.stored(ExpiringKind::Inference);
        assert!(made.contains(&current));
        for replica in &replicas {
            assert_eq!(replica.inference(&current), KeyStatus::Valid);
            for old in &replaced {
                assert_eq!(replica.inference(old), KeyStatus::Invalid);
            }
        }
        replaced.extend(made.into_iter().filter(|key| *key != current));
    }
}
