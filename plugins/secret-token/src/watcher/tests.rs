use std::io;

use plugin_api::{TokenType, Verdict};

use super::*;
use crate::key;

const FIRST: &str = "inference-key-001";
const SECOND: &str = "inference-key-002";

fn keys(inference: &str) -> KeySet {
    let key = |text: &str| key::parse(text.as_bytes()).unwrap();
    KeySet::new(
        key("management-key-01"),
        key(inference),
        key("api-key-012345678"),
    )
    .unwrap()
}

fn unreadable(kind: io::ErrorKind) -> Result<KeySet, KeyFolderError> {
    Err(KeyFolderError::Read {
        path: "/secret/inference".into(),
        source: kind.into(),
    })
}

fn updater() -> Updater {
    Updater::new(Arc::new(ArcSwap::from_pointee(keys(FIRST))))
}

fn check(updater: &Updater, key: &str) -> Verdict {
    updater
        .keys
        .load()
        .check(key.as_bytes(), TokenType::INFERENCE)
}

#[test]
fn the_same_keys_change_nothing() {
    let mut updater = updater();
    let before = updater.keys.load_full();
    assert_eq!(updater.apply(Ok(keys(FIRST))), None);
    assert!(Arc::ptr_eq(&before, &updater.keys.load()));
}

#[test]
fn new_keys_are_in_force_and_the_old_ones_are_not() {
    let mut updater = updater();
    assert_eq!(
        updater.apply(Ok(keys(SECOND))),
        Some((LogLevel::Info, "new keys are in force".into()))
    );
    assert_eq!(check(&updater, SECOND), Verdict::ALLOW);
    assert_eq!(check(&updater, FIRST), Verdict::DENY_INVALID);
}

#[test]
fn an_unreadable_folder_leaves_the_old_keys_in_force_and_is_logged_once() {
    let mut updater = updater();
    let (level, message) = updater.apply(unreadable(io::ErrorKind::NotFound)).unwrap();
    assert_eq!(level, LogLevel::Warn);
    assert!(
        message.starts_with("the old keys remain in force: /secret/inference: "),
        "{message}"
    );
    assert_eq!(updater.apply(unreadable(io::ErrorKind::NotFound)), None);
    assert_eq!(check(&updater, FIRST), Verdict::ALLOW);
}

#[test]
fn another_reason_is_logged_again() {
    let mut updater = updater();
    assert!(updater.apply(unreadable(io::ErrorKind::NotFound)).is_some());
    assert!(
        updater
            .apply(unreadable(io::ErrorKind::PermissionDenied))
            .is_some()
    );
}

#[test]
fn recovery_is_logged_and_so_is_the_next_error() {
    let mut updater = updater();
    assert!(updater.apply(unreadable(io::ErrorKind::NotFound)).is_some());
    assert_eq!(
        updater.apply(Ok(keys(FIRST))),
        Some((LogLevel::Info, "the keys can be read again".into()))
    );
    assert_eq!(updater.apply(Ok(keys(FIRST))), None);
    assert!(updater.apply(unreadable(io::ErrorKind::NotFound)).is_some());
}

#[test]
fn work_is_done_until_the_channel_is_closed() {
    let (end, ended) = mpsc::channel::<()>();
    let mut end = Some(end);
    let mut count = 0;
    each(Duration::ZERO, &ended, || {
        count += 1;
        if count == 3 {
            end = None;
        }
    });
    assert_eq!(count, 3);
}

#[test]
fn no_work_is_done_after_the_channel_was_closed() {
    let (end, ended) = mpsc::channel::<()>();
    drop(end);
    each(Duration::MAX, &ended, || panic!("work after the end"));
}
