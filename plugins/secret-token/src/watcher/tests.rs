use std::io;

use plugin_api::{TokenType, Verdict};

use super::*;
use crate::key::Key;

const FIRST: &str = "inference-key-001";
const SECOND: &str = "inference-key-002";

fn keys(inference: &str) -> KeySet {
    let key = |text: &str| Key::parse(text.as_bytes()).unwrap();
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

fn look() -> Look {
    Look::new(Arc::new(ArcSwap::from_pointee(keys(FIRST))))
}

fn judge(look: &Look, key: &str) -> Verdict {
    look.keys.load().judge(key.as_bytes(), TokenType::INFERENCE)
}

#[test]
fn the_same_keys_change_nothing() {
    let mut look = look();
    let before = look.keys.load_full();
    assert_eq!(look.adopt(Ok(keys(FIRST))), None);
    assert!(Arc::ptr_eq(&before, &look.keys.load()));
}

#[test]
fn new_keys_are_in_force_and_the_old_ones_are_not() {
    let mut look = look();
    assert_eq!(
        look.adopt(Ok(keys(SECOND))),
        Some((LogLevel::Info, "new keys are in force".into()))
    );
    assert_eq!(judge(&look, SECOND), Verdict::ALLOW);
    assert_eq!(judge(&look, FIRST), Verdict::DENY_INVALID);
}

#[test]
fn an_unreadable_folder_keeps_the_old_keys_and_is_warned_of_once() {
    let mut look = look();
    let (level, message) = look.adopt(unreadable(io::ErrorKind::NotFound)).unwrap();
    assert_eq!(level, LogLevel::Warn);
    assert!(
        message.starts_with("the old keys stay in force: /secret/inference: "),
        "{message}"
    );
    assert_eq!(look.adopt(unreadable(io::ErrorKind::NotFound)), None);
    assert_eq!(judge(&look, FIRST), Verdict::ALLOW);
}

#[test]
fn another_reason_is_warned_of_again() {
    let mut look = look();
    assert!(look.adopt(unreadable(io::ErrorKind::NotFound)).is_some());
    assert!(
        look.adopt(unreadable(io::ErrorKind::PermissionDenied))
            .is_some()
    );
}

#[test]
fn the_end_of_the_trouble_is_told_and_the_next_one_is_warned_of() {
    let mut look = look();
    assert!(look.adopt(unreadable(io::ErrorKind::NotFound)).is_some());
    assert_eq!(
        look.adopt(Ok(keys(FIRST))),
        Some((LogLevel::Info, "the keys can be read again".into()))
    );
    assert_eq!(look.adopt(Ok(keys(FIRST))), None);
    assert!(look.adopt(unreadable(io::ErrorKind::NotFound)).is_some());
}

#[test]
fn work_is_done_until_the_end_is_closed() {
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
fn no_work_is_done_after_the_end_was_closed() {
    let (end, ended) = mpsc::channel::<()>();
    drop(end);
    each(Duration::MAX, &ended, || panic!("work after the end"));
}
