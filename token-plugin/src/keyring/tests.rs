use std::{
    fs::{self, File},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use arc_swap::ArcSwap;
use tempfile::TempDir;
use token_core::{
    EntropyError, ExpiringKind, KeyKind, KeyLength, KeyStatus, Lifetime, Random, SystemRandom,
    testing::{CountingRandom, ManualClock},
};

use super::{Keyring, Published};
use crate::{error::TokenError, key_file::KeyFile, lock::LockError};

struct Ring {
    keyring: Keyring,
    clock: ManualClock,
    inner: PathBuf,
    _folder: TempDir,
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
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let file = KeyFile::at(&inner.join("key_file.json")).unwrap();
        let clock = ManualClock::new();
        let keyring = Keyring::new(file, KeyLength::default(), clock.clone(), random);
        Self {
            keyring,
            clock,
            inner,
            _folder: folder,
        }
    }

    /// The keys in the file.
    fn written(&self) -> Texts {
        let text = fs::read(self.inner.join("key_file.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let key = |name: &str| json[name]["key"].as_str().unwrap().as_bytes().to_vec();
        Texts {
            management: key("management"),
            inference: key("inference"),
            api: key("API"),
        }
    }

    fn generate(&self) -> Texts {
        texts(&self.keyring.generate_all().unwrap())
    }

    fn rotate(&self, kind: ExpiringKind) -> Texts {
        texts(&self.keyring.rotate(kind).unwrap())
    }

    fn break_folder(&self) {
        for entry in fs::read_dir(&self.inner).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::remove_dir(&self.inner).unwrap();
        File::create(&self.inner).unwrap();
    }
}

fn texts(published: &Published) -> Texts {
    published.folder_sync.as_ref().unwrap();
    Texts {
        management: published.keys.management.key.secret_text().to_vec(),
        inference: published.keys.inference.key.secret_text().to_vec(),
        api: published.keys.api.secret_text().to_vec(),
    }
}

#[test]
fn before_there_are_keys_nothing_is_known_and_nothing_can_be_replaced() {
    let ring = Ring::new();
    for presented in [&b""[..], b"key"] {
        assert_eq!(
            ring.keyring.check(KeyKind::Api, presented),
            KeyStatus::Invalid
        );
    }
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(TokenError::NoKeys)
    ));
}

#[test]
fn each_key_is_good_for_its_own_kind_and_known_as_another_elsewhere() {
    let ring = Ring::new();
    let keys = ring.generate();
    assert_eq!(ring.written(), keys);
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
            assert_eq!(ring.keyring.check(wanted, &text), expected);
        }
    }
    assert_eq!(
        ring.keyring.check(KeyKind::Inference, &[b'A'; 43]),
        KeyStatus::Invalid
    );
}

#[test]
fn a_rotation_replaces_its_own_key_and_no_other() {
    let ring = Ring::new();
    let before = ring.generate();
    let after = ring.rotate(ExpiringKind::Inference);
    assert_eq!(ring.written(), after);
    assert_ne!(after.inference, before.inference);
    assert_eq!(
        (&after.management, &after.api),
        (&before.management, &before.api)
    );
    let inference = |text| ring.keyring.check(KeyKind::Inference, text);
    assert_eq!(inference(&before.inference), KeyStatus::Invalid);
    assert_eq!(inference(&after.inference), KeyStatus::Valid);
    assert_eq!(
        ring.keyring.check(KeyKind::Management, &before.management),
        KeyStatus::Valid
    );
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &before.api),
        KeyStatus::Valid
    );
}

#[test]
fn all_keys_can_be_replaced_together() {
    let ring = Ring::new();
    let before = ring.generate();
    let after = ring.generate();
    assert_ne!(after.api, before.api);
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &before.api),
        KeyStatus::Invalid
    );
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &after.api),
        KeyStatus::Valid
    );
}

#[test]
fn an_expired_key_is_unknown_everywhere_and_the_api_key_never_expires() {
    let ring = Ring::new();
    ring.keyring
        .set_lifetime(Lifetime::from_minutes(0.25).unwrap());
    let keys = ring.generate();
    ring.clock.run(14_999_999);
    assert_eq!(
        ring.keyring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
    ring.clock.run(1);
    assert_eq!(
        ring.keyring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Invalid
    );
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &keys.inference),
        KeyStatus::Invalid
    );
    ring.clock.run(1_000 * 365 * 86_400 * 1_000_000);
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &keys.api),
        KeyStatus::Valid
    );
}

#[test]
fn a_rotation_brings_no_other_key_back_that_was_seen_ended() {
    let ring = Ring::new();
    let keys = ring.generate();
    let management = || ring.keyring.check(KeyKind::Management, &keys.management);
    ring.clock.set_wall_by(3_600_000_000);
    assert_eq!(management(), KeyStatus::Invalid);
    ring.clock.set_wall_by(-3_600_000_000);
    let _ = ring.rotate(ExpiringKind::Inference);
    assert_eq!(management(), KeyStatus::Invalid);
}

#[test]
fn a_rotation_gives_a_new_life() {
    let ring = Ring::new();
    let _ = ring.generate();
    ring.clock.run(3_600_000_000);
    let keys = ring.rotate(ExpiringKind::Management);
    ring.clock.run(3_599_999_999);
    assert_eq!(
        ring.keyring.check(KeyKind::Management, &keys.management),
        KeyStatus::Valid
    );
}

#[test]
fn a_write_that_fails_leaves_the_old_keys_valid() {
    let ring = Ring::new();
    let keys = ring.generate();
    ring.break_folder();
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(TokenError::KeyFile(_))
    ));
    assert!(ring.keyring.generate_all().is_err());
    assert_eq!(
        ring.keyring.check(KeyKind::Management, &keys.management),
        KeyStatus::Valid
    );
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &keys.api),
        KeyStatus::Valid
    );
}

#[test]
fn a_random_source_that_fails_leaves_the_old_keys_valid_and_the_old_file_whole() {
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
        Err(TokenError::Key(_))
    ));
    assert_eq!(ring.written(), keys);
    assert_eq!(
        ring.keyring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
}

#[test]
fn a_second_ring_on_the_same_file_is_refused_until_the_first_is_gone() {
    let ring = Ring::new();
    let keys = ring.generate();
    let second = || {
        let file = KeyFile::at(&ring.inner.join("key_file.json")).unwrap();
        Keyring::new(file, KeyLength::default(), ManualClock::new(), SystemRandom)
    };
    assert!(matches!(
        second().generate_all(),
        Err(TokenError::Lock(LockError::Held { .. }))
    ));
    assert_eq!(ring.written(), keys);
    assert!(ring.keyring.close().unwrap());
    assert!(second().generate_all().is_ok());
}

#[test]
fn closing_deletes_the_file_and_the_lock_once_and_refuses_all_from_then_on() {
    let ring = Ring::new();
    let keys = ring.generate();
    assert!(ring.keyring.close().unwrap());
    assert!(!ring.keyring.close().unwrap());
    assert_eq!(fs::read_dir(&ring.inner).unwrap().count(), 0);
    assert_eq!(
        ring.keyring.check(KeyKind::Api, &keys.api),
        KeyStatus::Invalid
    );
    assert!(matches!(
        ring.keyring.generate_all(),
        Err(TokenError::Closed)
    ));
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(TokenError::Closed)
    ));
}

#[test]
fn dropping_deletes_the_file_if_it_is_still_ours() {
    let Ring {
        keyring,
        inner,
        _folder,
        ..
    } = Ring::new();
    drop(keyring.generate_all().unwrap());
    let path = inner.join("key_file.json");
    fs::remove_file(&path).unwrap();
    File::create(&path).unwrap();
    drop(keyring);
    assert!(path.exists());
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
}

#[test]
fn a_ring_that_made_no_keys_touches_nothing() {
    let Ring {
        keyring,
        inner,
        _folder,
        ..
    } = Ring::new();
    drop(keyring);
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
}

#[test]
fn a_file_edited_by_hand_decides_nothing_and_is_written_whole_again() {
    let ring = Ring::new();
    let keys = ring.generate();
    fs::remove_file(ring.inner.join("key_file.json")).unwrap();
    assert_eq!(
        ring.keyring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
    let after = ring.rotate(ExpiringKind::Management);
    assert_eq!(ring.written(), after);
}

#[test]
fn checks_during_rotations_take_the_current_key_and_none_that_was_replaced_before_they_began() {
    const ROTATIONS: usize = 300;
    let ring = Ring::with(SystemRandom);
    let begun = AtomicUsize::new(0);
    let published = ArcSwap::from_pointee(Round {
        number: 0,
        current: ring.generate().inference,
        replaced: vec![b'A'; 43],
    });
    thread::scope(|scope| {
        let check = || {
            let mut rounds_seen = 0;
            loop {
                let round = published.load_full();
                let status = |key| ring.keyring.check(KeyKind::Inference, key);
                assert_eq!(status(&round.replaced), KeyStatus::Invalid);
                if status(&round.current) != KeyStatus::Valid {
                    assert!(begun.load(Ordering::SeqCst) > round.number);
                }
                rounds_seen += 1;
                if round.number == ROTATIONS {
                    return rounds_seen;
                }
            }
        };
        let checkers: Vec<_> = (0..8).map(|_| scope.spawn(check)).collect();
        for number in 1..=ROTATIONS {
            begun.store(number, Ordering::SeqCst);
            let current = ring.rotate(ExpiringKind::Inference).inference;
            let replaced = published.load().current.clone();
            published.store(Arc::new(Round {
                number,
                current,
                replaced,
            }));
        }
        for checker in checkers {
            assert!(checker.join().unwrap() > 1);
        }
    });
}

/// What has been answered when a check begins.
struct Round {
    number: usize,
    current: Vec<u8>,
    replaced: Vec<u8>,
}
