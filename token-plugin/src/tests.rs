//! A new build continues with the keys of the previous one.

use std::{fs, path::PathBuf};

use plugin_api::{
    State, TokenAuthorizer, TokenType, Verdict,
    testing::{LogLine, TestHost, TestRequest},
};
use tempfile::TempDir;
use token_core::testing::{CountingRandom, ManualClock};

use crate::{
    Opened, hand_over,
    lock::{KeyFileLock, LockError},
};

mod load;
mod refused;

const HOUR_MICROS: i64 = 3_600_000_000;

/// Keys of 6 bytes that count up: management, inference, API.
const KEYS: [(&str, TokenType); 3] = [
    ("AAECAwQF", TokenType::MANAGEMENT),
    ("BgcICQoL", TokenType::INFERENCE),
    ("DA0ODxAR", TokenType::TOKEN),
];
const API: &str = KEYS[2].0;

/// What the builds of one server share.
struct Server {
    host: TestHost,
    clock: ManualClock,
    inner: PathBuf,
    _folder: TempDir,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let path = inner.join("key_file.json");
        Self {
            host: TestHost::new()
                .with_setting("token_key_bytes", "6")
                .with_setting("token_key_file", path.to_str().unwrap()),
            clock: ManualClock::new(),
            inner,
            _folder: folder,
        }
    }

    fn open(&self, host: &TestHost, random: u8) -> Opened {
        let random = CountingRandom::starting_at(random);
        Opened::new(&host.host(), self.clock.clone(), random).unwrap()
    }

    /// As at the start of the host.
    fn first(&self) -> Opened {
        let first = self.open(&self.host, 0);
        assert!(!first.took_over);
        first.authorizer.set_time(60.0).unwrap();
        let made = first.authorizer.generate_key_file(TokenType::TOKEN);
        made.unwrap();
        first
    }

    fn successor(&self, state: State) -> Opened {
        self.open(&self.host.clone().with_state(state), 100)
    }

    /// As in a host, where the new one serves before the old one retires.
    fn swap(&self, old: &Opened) -> Opened {
        let new = self.successor(hand_over(&old.keyring).unwrap());
        assert!(new.took_over);
        new.authorizer.set_time(60.0).unwrap();
        new
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.inner).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn written(&self, name: &str) -> String {
        let text = fs::read(self.inner.join("key_file.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        json[name]["key"].as_str().unwrap().to_owned()
    }

    fn is_locked(&self) -> bool {
        matches!(
            KeyFileLock::acquire(&self.inner.join("key_file.json")),
            Err(LockError::Held { .. })
        )
    }

    fn last_line(&self) -> LogLine {
        self.host.log().pop().unwrap()
    }
}

const BOTH_FILES: [&str; 2] = ["key_file.json", "key_file.json.lock"];

fn check(opened: &Opened, key: &str, token_type: TokenType) -> Verdict {
    let request = TestRequest::get("/").with_bearer(key);
    let authorizer = &opened.authorizer;
    authorizer.check_token_authorization(&request.as_request(), token_type)
}

fn allows_all(opened: &Opened) -> bool {
    KEYS.iter()
        .all(|&(key, token_type)| check(opened, key, token_type) == Verdict::ALLOW)
}

fn rotate(opened: &Opened, token_type: TokenType) -> Result<(), String> {
    let rotated = opened.authorizer.generate_key_file(token_type);
    rotated.map_err(|error| error.message().to_owned())
}

#[test]
fn all_keys_are_valid_before_and_after_and_the_file_is_untouched() {
    let server = Server::new();
    let old = server.first();
    let text = fs::read(server.inner.join("key_file.json")).unwrap();
    let new = server.swap(&old);
    assert!(allows_all(&old));
    assert!(allows_all(&new));
    old.keyring.retire();
    assert!(allows_all(&old));
    drop(old);
    assert!(allows_all(&new));
    assert_eq!(fs::read(server.inner.join("key_file.json")).unwrap(), text);
    assert_eq!(server.files(), BOTH_FILES);
}

#[test]
fn retiring_deletes_nothing_and_the_shutdown_of_the_new_one_deletes_all() {
    let server = Server::new();
    let old = server.first();
    let new = server.swap(&old);
    old.keyring.retire();
    old.keyring.close();
    assert!(allows_all(&old));
    drop(old);
    assert_eq!(server.files(), BOTH_FILES);
    assert!(server.is_locked());
    new.keyring.close();
    assert_eq!(server.files(), Vec::<String>::new());
    assert_eq!(check(&new, API, TokenType::TOKEN), Verdict::DENY_INVALID);
}

#[test]
fn rotations_go_on_in_the_new_one_and_are_refused_by_the_old_one() {
    let server = Server::new();
    let old = server.first();
    let new = server.swap(&old);
    old.keyring.retire();
    assert_eq!(
        rotate(&old, TokenType::INFERENCE).unwrap_err(),
        "a newer build of the plugin has taken over"
    );
    rotate(&new, TokenType::INFERENCE).unwrap();
    let (replaced, _) = KEYS[1];
    assert_eq!(
        check(&new, replaced, TokenType::INFERENCE),
        Verdict::DENY_INVALID
    );
    let key = server.written("inference");
    assert_eq!(check(&new, &key, TokenType::INFERENCE), Verdict::ALLOW);
    drop(old);
    new.keyring.close();
    assert_eq!(server.files(), Vec::<String>::new());
}

#[test]
fn a_new_key_length_counts_for_the_keys_that_are_made_from_then_on() {
    let server = Server::new();
    let old = server.first();
    let path = server.inner.join("key_file.json");
    let longer = TestHost::new()
        .with_setting("token_key_bytes", "48")
        .with_setting("token_key_file", path.to_str().unwrap());
    let state = hand_over(&old.keyring).unwrap();
    let new = server.open(&longer.with_state(state), 100);
    old.keyring.retire();
    assert!(allows_all(&new));
    rotate(&new, TokenType::MANAGEMENT).unwrap();
    assert_eq!(server.written("management").len(), 64);
    assert_eq!(server.written("inference"), KEYS[1].0);
}

#[test]
fn a_key_ends_in_the_new_one_when_it_would_have_ended_in_the_old_one() {
    let server = Server::new();
    let old = server.first();
    server.clock.run(HOUR_MICROS / 2);
    let new = server.swap(&old);
    // By the clock that cannot be set.
    server.clock.set_wall_by(-10 * HOUR_MICROS);
    server.clock.run(HOUR_MICROS / 2 - 1);
    assert!(allows_all(&new));
    server.clock.run(1);
    for (key, token_type) in &KEYS[..2] {
        assert_eq!(check(&new, key, *token_type), Verdict::DENY_EXPIRED);
    }
    assert_eq!(check(&new, API, TokenType::TOKEN), Verdict::ALLOW);
}

#[test]
fn a_key_seen_ended_by_the_old_one_stays_so_when_the_wall_clock_is_set_back() {
    let server = Server::new();
    let old = server.first();
    let (management, _) = KEYS[0];
    server.clock.set_wall_by(HOUR_MICROS);
    assert_eq!(
        check(&old, management, TokenType::MANAGEMENT),
        Verdict::DENY_EXPIRED
    );
    let new = server.swap(&old);
    server.clock.set_wall_by(-HOUR_MICROS);
    assert_eq!(
        check(&new, management, TokenType::MANAGEMENT),
        Verdict::DENY_EXPIRED
    );
    // This one was not found expired.
    let (inference, _) = KEYS[1];
    assert_eq!(check(&new, inference, TokenType::INFERENCE), Verdict::ALLOW);
}

#[test]
fn the_old_one_goes_on_when_the_new_one_fails_to_open() {
    let server = Server::new();
    let old = server.first();
    let state = hand_over(&old.keyring).unwrap();
    let bad = server
        .host
        .clone()
        .with_state(state)
        .with_setting("token_api_returns_key", "?");
    let random = CountingRandom::starting_at(100);
    assert!(Opened::new(&bad.host(), server.clock.clone(), random).is_err());
    goes_on(&server, &old);
}

#[test]
fn the_old_one_goes_on_when_the_new_one_opens_and_is_given_up() {
    let server = Server::new();
    let old = server.first();
    drop(server.swap(&old));
    assert_eq!(server.files(), BOTH_FILES);
    server.swap(&old).keyring.close();
    assert_eq!(server.files(), BOTH_FILES);
    goes_on(&server, &old);
}

fn goes_on(server: &Server, old: &Opened) {
    assert!(allows_all(old));
    assert!(server.is_locked());
    rotate(old, TokenType::MANAGEMENT).unwrap();
    let key = server.written("management");
    assert_eq!(check(old, &key, TokenType::MANAGEMENT), Verdict::ALLOW);
    let new = server.swap(old);
    assert_eq!(check(&new, &key, TokenType::MANAGEMENT), Verdict::ALLOW);
    drop(new);
    old.keyring.close();
    assert_eq!(server.files(), Vec::<String>::new());
}

#[test]
fn before_there_are_keys_and_after_the_end_there_is_nothing_to_hand_over() {
    let server = Server::new();
    let unused = server.open(&server.host, 0);
    assert!(hand_over(&unused.keyring).is_none());
    drop(unused);
    let closed = server.first();
    closed.keyring.close();
    assert!(hand_over(&closed.keyring).is_none());
    let old = server.first();
    let _new = server.swap(&old);
    old.keyring.retire();
    assert!(hand_over(&old.keyring).is_none());
}
