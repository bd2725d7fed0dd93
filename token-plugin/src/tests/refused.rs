//! The state that a successor does not take over.

use std::fs;

use plugin_api::{
    LogLevel, State, TokenType, Verdict,
    testing::{LogLine, TestHost},
};

use super::{API, BOTH_FILES, Server, allows_all, check, rotate};
use crate::hand_over;

#[test]
fn keys_replaced_after_the_hand_over_make_it_void() {
    let server = Server::new();
    let old = server.first();
    let state = hand_over(&old.keyring).unwrap();
    rotate(&old, TokenType::INFERENCE).unwrap();
    let new = server.successor(state);
    assert!(!new.took_over);
    let lock = server.inner.canonicalize().unwrap().join(BOTH_FILES[1]);
    let line = server.last_line();
    assert_eq!(line.level, LogLevel::Warn);
    assert_eq!(
        line.message,
        format!(
            "keys of the previous build not taken over: {} is not the lock of the build that \
                 handed over",
            lock.display()
        )
    );
}

#[test]
fn keys_that_could_not_be_replaced_after_the_hand_over_do_not_make_it_void() {
    let server = Server::new();
    let old = server.first();
    let state = hand_over(&old.keyring).unwrap();
    let (path, kept) = (
        server.inner.join("key_file.json"),
        server.inner.join("kept"),
    );
    fs::rename(&path, &kept).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(rotate(&old, TokenType::INFERENCE).is_err());
    fs::remove_dir(&path).unwrap();
    fs::rename(&kept, &path).unwrap();
    let new = server.successor(state);
    assert!(new.took_over);
    assert!(allows_all(&new));
}

#[test]
fn a_new_one_that_took_nothing_over_makes_keys_once_the_old_one_is_shut_down() {
    let server = Server::new();
    let old = server.first();
    drop(hand_over(&old.keyring));
    let new = server.successor(State::new(2, Vec::new()));
    assert!(!new.took_over);
    let line = server.last_line();
    assert_eq!(line.level, LogLevel::Warn);
    assert_eq!(
        line.message,
        "keys of the previous build not taken over: their format has version 2: \
         expected 1"
            .to_owned()
    );
    assert!(rotate(&new, TokenType::TOKEN).is_err());
    assert!(allows_all(&old));
    old.keyring.close();
    rotate(&new, TokenType::TOKEN).unwrap();
    assert_eq!(check(&new, API, TokenType::TOKEN), Verdict::DENY_INVALID);
    drop(old);
    assert_eq!(server.files(), BOTH_FILES);
    assert!(server.is_locked());
}

#[test]
fn keys_in_another_file_are_not_taken_over() {
    let server = Server::new();
    let old = server.first();
    let state = hand_over(&old.keyring).unwrap();
    let path = server.inner.join("other.json");
    let moved = TestHost::new().with_setting("token_key_file", path.to_str().unwrap());
    let new = server.open(&moved.with_state(state), 100);
    assert!(!new.took_over);
    drop(new);
    assert_eq!(server.files(), BOTH_FILES);
}

#[test]
fn keys_outlive_their_file_and_a_file_put_in_its_place_is_left_alone() {
    let server = Server::new();
    let old = server.first();
    let path = server.inner.join("key_file.json");
    fs::rename(&path, server.inner.join("kept")).unwrap();
    fs::copy(server.inner.join("kept"), &path).unwrap();
    let new = server.swap(&old);
    old.keyring.retire();
    assert!(allows_all(&new));
    let is_warning = |line: &LogLine| {
        line.level == LogLevel::Warn
            && line.message.ends_with(
                "is not the one that the previous build wrote, and is left alone: no key is replaced \
                 while it is there",
            )
    };
    assert!(server.host.log().iter().any(is_warning));
    assert!(
        rotate(&new, TokenType::INFERENCE)
            .unwrap_err()
            .contains("put this file there")
    );
    let newest = server.swap(&new);
    new.keyring.retire();
    newest.keyring.close();
    assert_eq!(server.files(), ["kept", "key_file.json"]);
}
