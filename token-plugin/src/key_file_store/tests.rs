//! A keyring over a key file.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use plugin_api::testing::TestHost;
use tempfile::TempDir;
use token_core::{
    EntropyError, ExpiringKind, KeyKind, KeyLength, KeyStatus, Keyring, KeyringError, Random,
    SystemRandom,
    testing::{CountingRandom, ManualClock},
};

use super::{KeyFileStore, KeyFileStoreError};
use crate::{KeyFileKeyring, key_file::KeyFile, lock::LockError};

mod faults;

struct Ring {
    keyring: KeyFileKeyring,
    inner: PathBuf,
    _folder: TempDir,
}

/// The keys in the file.
#[derive(Clone, Debug, PartialEq)]
struct Texts {
    management: Vec<u8>,
    inference: Vec<u8>,
    api: Vec<u8>,
}

impl Texts {
    /// Those of a whole key file; `None` if there is no file.
    fn at(path: &Path) -> Option<Self> {
        let text = fs::read(path).ok()?;
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let key = |name: &str| json[name]["key"].as_str().unwrap().as_bytes().to_vec();
        Some(Self {
            management: key("management"),
            inference: key("inference"),
            api: key("API"),
        })
    }
}

impl Ring {
    fn new() -> Self {
        Self::with(CountingRandom::starting_at(0))
    }

    fn with(random: impl Random) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        Self {
            keyring: keyring(&inner.join("key_file.json"), random),
            inner,
            _folder: folder,
        }
    }

    fn check(&self, wanted: KeyKind, presented: &[u8]) -> KeyStatus {
        self.keyring.active().check(wanted, presented).status
    }

    fn written(&self) -> Texts {
        Texts::at(&self.inner.join("key_file.json")).unwrap()
    }

    fn generate(&self) -> Texts {
        self.keyring.generate_all().unwrap();
        self.written()
    }

    /// No file can be written there any more.
    fn put_folder_at_path(&self) {
        let path = self.inner.join("key_file.json");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.inner).unwrap().count()
    }
}

fn keyring(path: &Path, random: impl Random) -> KeyFileKeyring {
    let log = TestHost::new().host().log();
    let store = KeyFileStore::new(KeyFile::at(path).unwrap(), log);
    let length = KeyLength::default();
    Keyring::new(store, length, ManualClock::new(), random, |_| {})
}

#[test]
fn the_file_holds_the_keys_in_force() {
    let ring = Ring::new();
    let keys = ring.generate();
    for (kind, text) in [
        (KeyKind::Management, &keys.management),
        (KeyKind::Inference, &keys.inference),
        (KeyKind::Api, &keys.api),
    ] {
        assert_eq!(ring.check(kind, text), KeyStatus::Valid);
    }
    let new = ring.keyring.rotate(ExpiringKind::Inference).unwrap();
    let written = ring.written();
    assert_eq!(written.inference, new.key.secret_text());
    assert_eq!(
        (written.management, written.api),
        (keys.management, keys.api)
    );
}

#[test]
fn a_write_that_fails_leaves_the_old_keys_valid() {
    let ring = Ring::new();
    let keys = ring.generate();
    ring.put_folder_at_path();
    assert!(matches!(
        ring.keyring.rotate(ExpiringKind::Management),
        Err(KeyringError::Store(KeyFileStoreError::KeyFile(_)))
    ));
    assert!(ring.keyring.generate_all().is_err());
    assert_eq!(
        ring.check(KeyKind::Management, &keys.management),
        KeyStatus::Valid
    );
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Valid);
}

#[test]
fn a_random_source_that_fails_leaves_the_old_file_unchanged() {
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
    assert!(ring.keyring.rotate(ExpiringKind::Inference).is_err());
    assert_eq!(ring.written(), keys);
}

#[test]
fn a_second_keyring_on_the_same_file_is_refused_until_the_first_is_closed() {
    let ring = Ring::new();
    let keys = ring.generate();
    let second = || keyring(&ring.inner.join("key_file.json"), SystemRandom);
    assert!(matches!(
        second().generate_all(),
        Err(KeyringError::Store(KeyFileStoreError::Lock(
            LockError::Held { .. }
        )))
    ));
    assert_eq!(ring.written(), keys);
    ring.keyring.close();
    assert!(second().generate_all().is_ok());
}

#[test]
fn closing_deletes_the_file_and_the_lock_and_closing_again_does_nothing() {
    let ring = Ring::new();
    let keys = ring.generate();
    ring.keyring.close();
    assert_eq!(ring.files(), 0);
    assert_eq!(ring.check(KeyKind::Api, &keys.api), KeyStatus::Invalid);
    File::create(ring.inner.join("key_file.json")).unwrap();
    ring.keyring.close();
    assert_eq!(ring.files(), 1);
    assert!(matches!(
        ring.keyring.generate_all(),
        Err(KeyringError::Closed)
    ));
}

#[test]
fn dropping_leaves_a_file_that_another_process_put_there() {
    let Ring {
        keyring,
        inner,
        _folder,
    } = Ring::new();
    keyring.generate_all().unwrap();
    let path = inner.join("key_file.json");
    fs::remove_file(&path).unwrap();
    File::create(&path).unwrap();
    drop(keyring);
    assert!(path.exists());
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
}

#[test]
fn a_keyring_without_keys_changes_no_file() {
    let Ring {
        keyring,
        inner,
        _folder,
    } = Ring::new();
    assert!(keyring.rotate(ExpiringKind::Inference).is_err());
    drop(keyring);
    assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
}

#[test]
fn a_file_edited_by_hand_is_ignored_and_rewritten() {
    let ring = Ring::new();
    let keys = ring.generate();
    fs::remove_file(ring.inner.join("key_file.json")).unwrap();
    assert_eq!(
        ring.check(KeyKind::Inference, &keys.inference),
        KeyStatus::Valid
    );
    let new = ring.keyring.rotate(ExpiringKind::Management).unwrap();
    let written = ring.written();
    assert_eq!(written.management, new.key.secret_text());
    assert_eq!(written.inference, keys.inference);
}
