//! Checks and updates in every order: run with `cargo xtask loom`.

use std::sync::Arc;

use loom::{
    model,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::ActiveKeys;
use crate::{
    CheckedKey, Clock, ExpiringKey, Expiry, Key, KeyKind, KeyLength, KeyStatus, Keys, Lifetime,
    Revision, Snapshot, Version,
    testing::{CountingRandom, ManualClock},
};

/// Three keys that no other revision has.
fn snapshot(revision: u8, clock: &ManualClock) -> Snapshot {
    let mut random = CountingRandom::starting_at(revision * 3);
    let mut key = || Key::generate(KeyLength::default(), &mut random).unwrap();
    let expiry = || Expiry::after(Lifetime::default(), clock.read()).unwrap();
    let mut expiring = || {
        Arc::new(ExpiringKey {
            key: key(),
            expiry: expiry(),
        })
    };
    let (management, inference) = (expiring(), expiring());
    Snapshot {
        keys: Keys {
            management,
            inference,
            api: Arc::new(key()),
        },
        version: Version {
            revision: Revision::new(revision.into()),
            fresh_until: None,
        },
    }
}

/// The keys of revision 1 in force, and the text of each revision's management key.
struct Scene {
    active: Arc<ActiveKeys>,
    clock: ManualClock,
}

impl Scene {
    fn new() -> Self {
        let clock = ManualClock::new();
        let active = Arc::new(ActiveKeys::new(clock.clone()));
        active.update(snapshot(1, &clock));
        Self { active, clock }
    }

    fn updating(&self, revision: u8) -> thread::JoinHandle<()> {
        let (active, found) = (Arc::clone(&self.active), snapshot(revision, &self.clock));
        thread::spawn(move || active.update(found))
    }

    fn texts(&self, revision: u8) -> Texts {
        let keys = snapshot(revision, &self.clock).keys;
        Texts {
            management: keys.management.key.secret_text().to_vec(),
            api: keys.api.secret_text().to_vec(),
        }
    }
}

struct Texts {
    management: Vec<u8>,
    api: Vec<u8>,
}

fn is_valid(active: &ActiveKeys, kind: KeyKind, text: &[u8]) -> bool {
    let CheckedKey { status, .. } = active.check(kind, text);
    status == KeyStatus::Valid
}

#[test]
fn a_check_during_an_update_sees_the_old_keys_or_the_new_ones() {
    model(|| {
        let scene = Scene::new();
        let (old, new) = (scene.texts(1), scene.texts(2));
        let update = scene.updating(2);
        let old_is_valid = is_valid(&scene.active, KeyKind::Management, &old.management);
        // Once one key is the new one, so are all.
        if !old_is_valid {
            assert!(is_valid(
                &scene.active,
                KeyKind::Management,
                &new.management
            ));
            assert!(is_valid(&scene.active, KeyKind::Api, &new.api));
            assert!(!is_valid(&scene.active, KeyKind::Api, &old.api));
        }
        update.join().unwrap();
        assert!(is_valid(&scene.active, KeyKind::Api, &new.api));
    });
}

#[test]
fn no_replaced_key_is_accepted_after_the_update_returned() {
    model(|| {
        let scene = Scene::new();
        let (old, new) = (scene.texts(1), scene.texts(2));
        let has_returned = Arc::new(AtomicBool::new(false));
        let update = {
            let (active, found) = (Arc::clone(&scene.active), snapshot(2, &scene.clock));
            let has_returned = Arc::clone(&has_returned);
            thread::spawn(move || {
                active.update(found);
                has_returned.store(true, Ordering::Release);
            })
        };
        if has_returned.load(Ordering::Acquire) {
            assert!(!is_valid(
                &scene.active,
                KeyKind::Management,
                &old.management
            ));
            assert!(is_valid(
                &scene.active,
                KeyKind::Management,
                &new.management
            ));
        }
        update.join().unwrap();
    });
}

#[test]
fn of_two_updates_at_once_the_newer_keys_stay_in_force() {
    model(|| {
        let scene = Scene::new();
        let (older, newest) = (scene.texts(2), scene.texts(3));
        let updates = [scene.updating(2), scene.updating(3)];
        let saw_newest = is_valid(&scene.active, KeyKind::Api, &newest.api);
        if saw_newest {
            assert!(!is_valid(&scene.active, KeyKind::Api, &older.api));
        }
        for update in updates {
            update.join().unwrap();
        }
        assert!(is_valid(&scene.active, KeyKind::Api, &newest.api));
        assert!(!is_valid(&scene.active, KeyKind::Api, &older.api));
    });
}

#[test]
fn after_the_end_no_update_puts_a_key_in_force() {
    model(|| {
        let scene = Scene::new();
        let new = scene.texts(2);
        let update = scene.updating(2);
        scene.active.end();
        assert!(!is_valid(&scene.active, KeyKind::Api, &new.api));
        update.join().unwrap();
        assert!(!is_valid(&scene.active, KeyKind::Api, &new.api));
        assert!(scene.active.in_force().is_err());
    });
}
