use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use plugin_api::testing::TestHost;
use token_core::{KeyLength, Keyring, Lifetime, SystemClock, SystemRandom};

use super::{KeyTimer, Running};
use crate::{KeyFileKeyring, key_events, key_file::KeyFile, key_file_store::KeyFileStore};

struct Fixture {
    host: TestHost,
    keyring: Arc<KeyFileKeyring>,
    folder: tempfile::TempDir,
}

impl Fixture {
    /// With keys for a second.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = TestHost::new();
        let file = KeyFile::at(&folder.path().join("key_file.json")).unwrap();
        let report = key_events::report_to(host.host(), file.path().to_owned());
        let store = KeyFileStore::new(file, host.host().log());
        let length = KeyLength::default();
        let keyring = Keyring::new(store, length, SystemClock, SystemRandom, report);
        keyring.set_lifetime(Lifetime::from_minutes(1.0 / 60.0).unwrap());
        keyring.generate_all().unwrap();
        Self {
            host,
            keyring: Arc::new(keyring),
            folder,
        }
    }

    fn count(&self, text: &str) -> usize {
        let log = self.host.log();
        log.iter()
            .filter(|line| line.message.contains(text))
            .count()
    }
}

fn eventually(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_running(timer: &KeyTimer) -> bool {
    matches!(*timer.running.lock().unwrap(), Running::Yes { .. })
}

#[test]
fn the_end_of_each_key_is_logged_once_and_says_what_to_do() {
    let fixture = Fixture::new();
    let timer = KeyTimer::new(None, fixture.host.host().log());
    assert!(!is_running(&timer));
    timer.start(&fixture.keyring);
    timer.start(&fixture.keyring);
    for kind in ["management", "inference"] {
        eventually(|| fixture.count(&format!("{kind} key expired at ")) == 1);
        assert_eq!(fixture.count(&format!("GET /token?type={kind} ")), 1);
    }
    timer.stop();
    assert!(!is_running(&timer));
    timer.start(&fixture.keyring);
    assert!(!is_running(&timer));
}

#[test]
fn keys_are_replaced_while_it_runs_and_no_more_once_it_is_stopped() {
    let fixture = Fixture::new();
    let half = Lifetime::from_minutes(1.0 / 120.0).unwrap();
    let timer = KeyTimer::new(Some(half), fixture.host.host().log());
    timer.start(&fixture.keyring);
    eventually(|| fixture.count("management key replaced because of its end; ") >= 2);
    eventually(|| fixture.count("inference key replaced because of its end; ") >= 2);
    timer.stop();
    let replaced = fixture.count("key replaced");
    fixture.keyring.close();
    assert_eq!(fixture.count("key replaced"), replaced);
}

/// A build that is dropped without a shutdown deletes its key file.
#[test]
fn it_does_not_keep_the_keyring() {
    let fixture = Fixture::new();
    let timer = KeyTimer::new(None, fixture.host.host().log());
    timer.start(&fixture.keyring);
    drop(fixture.keyring);
    let path = fixture.folder.path().join("key_file.json");
    eventually(|| !path.exists());
}
