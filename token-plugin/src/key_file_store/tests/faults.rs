//! Each call of the file system fails once, at every point of a server's life; and at every point the
//! process is killed. Afterwards the key file is the old or the new one, whole, and the keys in force
//! are those in it.

use std::fs;

use plugin_api::testing::TestHost;
use tempfile::TempDir;
use token_core::{
    ExpiringKind, HAND_OVER_VERSION, KeyKind, KeyLength, KeyStatus, Keyring, SystemRandom,
    testing::ManualClock,
};

use super::{KeyFileStore, Texts};
use crate::{
    KeyFileKeyring,
    file_system::faults::{Fault, with},
    key_file::{KeyFile, KeyFileError},
};

/// A folder, and the files of a server in it.
struct Scene {
    folder: TempDir,
}

impl Scene {
    /// With the key file of a server that was killed.
    fn after_a_kill() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        kill(scene.start());
        assert_eq!(scene.files(), 2);
        scene
    }

    fn open(&self) -> Result<KeyFileKeyring, KeyFileError> {
        let file = KeyFile::at(&self.folder.path().join("key_file.json"))?;
        let store = KeyFileStore::new(file, TestHost::new().host().log());
        let length = KeyLength::default();
        let clock = ManualClock::new();
        Ok(Keyring::new(store, length, clock, SystemRandom, |_| {}))
    }

    fn start(&self) -> KeyFileKeyring {
        let keyring = self.open().unwrap();
        keyring.generate_all().unwrap();
        keyring
    }

    fn written(&self) -> Option<Texts> {
        Texts::at(&self.folder.path().join("key_file.json"))
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }

    /// The keys in force are those in the file, and can be replaced.
    #[track_caller]
    fn assert_goes_on(&self, keyring: &KeyFileKeyring, point: &str) {
        let before = self.written().unwrap_or_else(|| panic!("{point}: no file"));
        assert!(accepts(keyring, &before), "{point}: other keys in force");
        keyring
            .rotate(ExpiringKind::Inference)
            .unwrap_or_else(|error| panic!("{point}: {error}"));
        let after = self.written().unwrap();
        assert!(accepts(keyring, &after), "{point}: after a rotation");
        assert_ne!(before.inference, after.inference);
        assert_eq!(before.management, after.management);
    }

    /// The next server starts, deletes what was left, and makes keys of its own.
    #[track_caller]
    fn assert_next_server_starts(&self, point: &str) {
        let before = self.written();
        let next = self.start();
        assert_eq!(self.files(), 2, "{point}: leftovers");
        let after = self.written().unwrap();
        assert!(accepts(&next, &after), "{point}: the next server");
        assert_ne!(Some(after), before, "{point}: keys of the last server");
        next.close();
        assert_eq!(self.files(), 0, "{point}: after the end");
    }
}

/// Nothing more reaches the disk; the kernel releases the locks.
fn kill(keyring: KeyFileKeyring) {
    with(Fault::From(0), || drop(keyring));
}

fn accepts(keyring: &KeyFileKeyring, keys: &Texts) -> bool {
    [
        (KeyKind::Management, &keys.management),
        (KeyKind::Inference, &keys.inference),
        (KeyKind::Api, &keys.api),
    ]
    .into_iter()
    .all(|(kind, text)| keyring.active().check(kind, text).status == KeyStatus::Valid)
}

fn accepts_none(keyring: &KeyFileKeyring, keys: &Texts) -> bool {
    [&keys.management, &keys.inference, &keys.api]
        .into_iter()
        .all(|text| keyring.active().check(KeyKind::Api, text).status == KeyStatus::Invalid)
}

/// What is done, with a fault in each of its calls.
fn at_every_point<S, T>(
    prepare: impl Fn() -> S,
    action: impl Fn(&S) -> T,
    judge: impl Fn(S, T, Fault, &str),
) {
    let healthy = prepare();
    let (_, calls) = with(Fault::Never, || action(&healthy));
    assert!(!calls.is_empty());
    for (number, call) in calls.iter().enumerate() {
        for fault in [Fault::Once(number), Fault::From(number)] {
            let state = prepare();
            let (result, _) = with(fault, || action(&state));
            judge(state, result, fault, &format!("{fault:?} ({call})"));
        }
    }
}

#[test]
fn at_the_start() {
    at_every_point(
        || {
            let scene = Scene::after_a_kill();
            let old = scene.written().unwrap();
            (scene, old)
        },
        |(scene, _)| {
            let keyring = scene.open().ok()?;
            let generated = keyring.generate_all().is_ok();
            Some((keyring, generated))
        },
        |(scene, old), started, fault, point| {
            let Some((keyring, generated)) = started else {
                assert_eq!(scene.written(), Some(old), "{point}");
                return scene.assert_next_server_starts(point);
            };
            assert!(accepts_none(&keyring, &old), "{point}");
            let is_old = scene.written() == Some(old);
            assert_eq!(generated, !is_old, "{point}");
            if matches!(fault, Fault::Once(_)) {
                if !generated {
                    keyring.generate_all().unwrap();
                }
                scene.assert_goes_on(&keyring, point);
            }
            kill(keyring);
            scene.assert_next_server_starts(point);
        },
    );
}

#[test]
fn during_a_rotation() {
    at_every_point(
        || {
            let scene = Scene::after_a_kill();
            let keyring = scene.start();
            let old = scene.written().unwrap();
            (scene, keyring, old)
        },
        |(_, keyring, _)| {
            let rotated = keyring.rotate(ExpiringKind::Management);
            rotated.map(|new| new.key.secret_text().to_vec())
        },
        |(scene, keyring, old), rotated, fault, point| {
            let written = scene.written().unwrap();
            assert!(accepts(&keyring, &written), "{point}");
            match rotated {
                Ok(new) => {
                    // The new name may be lost with the power, and so are the keys then. Every other
                    // failure is one of the rotation.
                    assert!(point.ends_with("folder)"), "{point}: not noticed");
                    assert_eq!(written.management, new, "{point}");
                    assert!(!accepts(&keyring, &old), "{point}");
                }
                Err(_) => assert_eq!(written, old, "{point}"),
            }
            if matches!(fault, Fault::Once(_)) {
                scene.assert_goes_on(&keyring, point);
            }
            kill(keyring);
            scene.assert_next_server_starts(point);
        },
    );
}

/// The successor goes on, or the predecessor does; and the keys stay as they are.
#[test]
fn during_a_hand_over() {
    at_every_point(
        || {
            let scene = Scene::after_a_kill();
            let old = scene.start();
            let keys = scene.written().unwrap();
            (scene, old, keys)
        },
        |(scene, old, _)| {
            let handed_over = old.hand_over()?;
            let new = scene.open().ok()?;
            if !new.take_over(HAND_OVER_VERSION, &handed_over) {
                return None;
            }
            old.retire();
            Some(new)
        },
        |(scene, old, keys), new, fault, point| {
            assert_eq!(scene.written().as_ref(), Some(&keys), "{point}");
            let serving = new.as_ref().unwrap_or(&old);
            assert!(accepts(serving, &keys), "{point}");
            if matches!(fault, Fault::Once(_)) {
                scene.assert_goes_on(serving, point);
            }
            kill(old);
            if let Some(new) = new {
                kill(new);
            }
            scene.assert_next_server_starts(point);
        },
    );
}

/// No key is valid any more, and what is left is whole.
#[test]
fn during_the_shutdown() {
    at_every_point(
        || {
            let scene = Scene::after_a_kill();
            let keyring = scene.start();
            let old = scene.written().unwrap();
            (scene, keyring, old)
        },
        |(_, keyring, _)| keyring.close(),
        |(scene, keyring, old), (), _, point| {
            assert!(accepts_none(&keyring, &old), "{point}");
            let left = scene.written();
            assert!(left.is_none() || left == Some(old), "{point}");
            kill(keyring);
            scene.assert_next_server_starts(point);
        },
    );
}

/// And of each successor's shutdown, which holds the lock together with nobody.
#[test]
fn during_the_shutdown_of_a_successor() {
    at_every_point(
        || {
            let scene = Scene::after_a_kill();
            let old = scene.start();
            let new = scene.open().unwrap();
            assert!(new.take_over(HAND_OVER_VERSION, &old.hand_over().unwrap()));
            old.retire();
            let keys = scene.written().unwrap();
            (scene, old, new, keys)
        },
        |(_, _, new, _)| new.close(),
        |(scene, old, new, keys), (), _, point| {
            assert!(accepts_none(&new, &keys), "{point}");
            let left = scene.written();
            assert!(left.is_none() || left == Some(keys), "{point}");
            kill(new);
            kill(old);
            scene.assert_next_server_starts(point);
        },
    );
}

/// What the tests above go through: without one of these calls they would show nothing.
#[test]
fn every_step_of_a_write_is_such_a_point() {
    let scene = Scene::after_a_kill();
    let keyring = scene.start();
    let (rotated, calls) = with(Fault::Never, || keyring.rotate(ExpiringKind::Inference));
    rotated.unwrap();
    let steps = [
        "overwrite",
        "open",
        "set mode",
        "lock",
        "write",
        "sync",
        "rename",
        "open folder",
        "sync folder",
    ];
    let found: Vec<_> = calls
        .into_iter()
        .filter(|call| steps.contains(call))
        .collect();
    assert_eq!(found, steps);
}
