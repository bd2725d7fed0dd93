//! One server alone writes a key file, even if its lock file is deleted or files are exchanged.

use std::{
    fs,
    path::{Path, PathBuf},
};

use integration_tests::{Host, HostBuilder, Keys, eventually, get, write_file};

use super::token_plugin;
use crate::expect::{opens_inference, opens_management, rotate};

fn lock_file(key_file: &Path) -> PathBuf {
    key_file.with_file_name("key_file.json.lock")
}

fn on(key_file: &Path) -> HostBuilder {
    token_plugin().property("token_key_file", &key_file.display().to_string())
}

/// 500 for the caller, an ERROR line that names the path, and the old key stays valid.
#[track_caller]
fn assert_rotation_refused(host: &Host, keys: &Keys, path: &Path, reason: &str) {
    let path = path.display().to_string();
    let lines = || {
        let mut lines = host.log().lines_of_level("ERROR");
        lines.retain(|line| {
            let texts = ["management key not replaced: ", &path, reason];
            texts.iter().all(|text| line.contains(text))
        });
        lines.len()
    };
    let before = lines();
    let request = get("/token?type=management").key(&keys.api);
    assert_eq!(host.management(&request).status, 500);
    eventually(reason, || (lines() == before + 1).then_some(()));
    assert!(opens_management(host, &keys.management.key));
}

#[test]
fn a_second_server_does_not_start_although_the_lock_file_was_deleted() {
    let first = Host::with_token_plugin();
    let path = first.key_file();
    let text = fs::read_to_string(&path).expect("the key file");
    for rotations in 0..2 {
        if rotations == 1 {
            rotate(&first, "inference");
        }
        let text = fs::read_to_string(&path).expect("the key file");
        let hidden = path.with_file_name("hidden.lock");
        fs::rename(lock_file(&path), &hidden).expect("the lock file");

        let refusal = on(&path).refused();

        let line = refusal.line();
        assert!(line.contains(&path.display().to_string()), "{line}");
        assert!(line.contains("a server that is running wrote it"), "{line}");
        assert_eq!(fs::read_to_string(&path).expect("the key file"), text);
        assert!(!lock_file(&path).exists(), "of the second server");
        fs::rename(&hidden, lock_file(&path)).expect("the lock file");
    }
    assert_ne!(fs::read_to_string(&path).expect("the key file"), text);
}

#[test]
fn a_rotation_without_the_lock_file_is_refused_until_it_is_back() {
    let host = Host::with_token_plugin();
    let (path, keys) = (host.key_file(), host.keys());
    let hidden = path.with_file_name("hidden.lock");
    fs::rename(lock_file(&path), &hidden).expect("the lock file");
    let text = fs::read_to_string(&path).expect("the key file");

    let reason = "was deleted or replaced";
    assert_rotation_refused(&host, &keys, &lock_file(&path), reason);
    write_file(&lock_file(&path), b"");
    assert_rotation_refused(&host, &keys, &lock_file(&path), reason);
    assert_eq!(fs::read_to_string(&path).expect("the key file"), text);

    fs::rename(&hidden, lock_file(&path)).expect("the lock file");
    rotate(&host, "management");
}

#[test]
fn a_rotation_leaves_a_key_file_that_somebody_else_put_there() {
    let host = Host::with_token_plugin();
    let (path, keys) = (host.key_file(), host.keys());
    let new = path.with_file_name("theirs.json");
    write_file(&new, b"theirs");
    fs::rename(&new, &path).expect("another file");

    assert_rotation_refused(&host, &keys, &path, "another program put this file there");
    assert_eq!(fs::read(&path).expect("the file"), b"theirs");

    // The line says what to do: delete it, and repeat.
    fs::remove_file(&path).expect("the file");
    rotate_with(&host, &keys.api);
    assert!(opens_inference(&host, &host.keys().inference.key));
}

#[test]
fn a_key_file_that_was_deleted_or_edited_in_place_is_written_again() {
    let host = Host::with_token_plugin();
    let (path, api) = (host.key_file(), host.keys().api);
    fs::remove_file(&path).expect("the key file");
    rotate_with(&host, &api);
    assert!(opens_management(&host, &host.keys().management.key));

    write_file(&path, b"edited");
    rotate_with(&host, &api);
    assert!(opens_inference(&host, &host.keys().inference.key));
}

/// The file of the second one is not touched by the first, neither by a rotation nor at its end.
#[test]
fn a_server_that_lost_both_files_to_another_one_overwrites_and_deletes_nothing() {
    let mut first = Host::with_token_plugin();
    let (path, keys) = (first.key_file(), first.keys());
    fs::remove_file(&path).expect("the key file");
    fs::remove_file(lock_file(&path)).expect("the lock file");
    let second = on(&path).start();
    let text = fs::read_to_string(&path).expect("the key file");

    assert_rotation_refused(
        &first,
        &keys,
        &lock_file(&path),
        "another server may use the key file",
    );
    assert!(first.stop().success());
    assert_eq!(fs::read_to_string(&path).expect("the key file"), text);
    assert!(lock_file(&path).exists());
    let api = Keys::read(&path).api;
    rotate_with(&second, &api);
    assert!(opens_management(&second, &Keys::read(&path).management.key));
}

fn rotate_with(host: &Host, api: &str) {
    let request = get("/token?type=inference").key(api);
    assert_eq!(host.management(&request).status, 200);
}
