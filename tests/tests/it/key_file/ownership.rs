//! What may exist at the path before, and who owns the file.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::Command,
};

use integration_tests::{Host, Keys, UNPRIVILEGED_USER, write_file};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use super::token_plugin;
use crate::expect::{opens_management, who_may};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Its keys are invalid.
#[test]
fn the_leftover_file_of_a_killed_server_is_replaced() {
    let shared = folder();
    let path = shared.path().join("key_file.json");
    let start = || {
        token_plugin()
            .property("token_key_file", &path.display().to_string())
            .start()
    };
    let mut killed = start();
    let old = Keys::read(&path);
    killed.signal(Signal::KILL);
    killed.wait();
    assert!(path.exists());

    let host = start();
    let new = Keys::read(&path);

    assert!(old.all().all(|key| new.all().all(|other| key != other)));
    assert!(!opens_management(&host, &old.management.key));
    assert!(opens_management(&host, &new.management.key));
}

/// Even if others could read the leftover.
#[test]
fn a_leftover_file_gets_mode_0600() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    write_file(&path, b"{}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("the mode can be set");

    let host = token_plugin().folder(folder).start();

    let mode = fs::metadata(host.key_file())
        .expect("the key file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(opens_management(&host, &host.keys().management.key));
}

/// The first server is not disturbed.
#[test]
fn a_second_server_on_the_same_key_file_does_not_start_and_names_the_first() {
    let first = Host::with_token_plugin();
    let path = first.key_file();
    let text = fs::read_to_string(&path).expect("the key file");

    let refusal = token_plugin()
        .property("token_key_file", &path.display().to_string())
        .refused();

    let holder = first.pid().as_raw_nonzero().to_string();
    assert!(refusal.line().contains(&holder), "{refusal}");
    assert_eq!(fs::read_to_string(&path).expect("the key file"), text);
    assert!(opens_management(&first, &first.keys().management.key));
}

/// Its target is not changed.
#[test]
fn a_symlink_is_refused() {
    let folder = folder();
    let target = folder.path().join("target");
    write_file(&target, b"precious");
    let path = folder.path().join("key_file.json");
    symlink(&target, &path).expect("a symlink");

    let refusal = token_plugin().folder(folder).refused();

    assert!(refusal.line().contains("symlink"), "{refusal}");
    assert!(refusal.line().contains("key_file.json"), "{refusal}");
    let content = fs::read_to_string(refusal.folder().join("target")).expect("the target");
    assert_eq!(content, "precious");
}

#[test]
fn a_folder_is_refused() {
    let folder = folder();
    fs::create_dir(folder.path().join("key_file.json")).expect("a folder");

    let refusal = token_plugin().folder(folder).refused();

    assert!(refusal.line().contains("folder"), "{refusal}");
    assert!(refusal.line().contains("key_file.json"), "{refusal}");
}

/// The start does not wait for a writer.
#[test]
fn a_fifo_is_refused() {
    let folder = folder();
    let made = Command::new("mkfifo")
        .arg(folder.path().join("key_file.json"))
        .status();
    assert!(made.expect("mkfifo runs").success());

    let refusal = token_plugin().folder(folder).refused();

    assert!(refusal.line().contains("key_file.json"), "{refusal}");
}

/// Root changes the owner of a file; any other user uses one of root's.
#[test]
fn a_file_of_another_user_is_refused() {
    let folder = folder();
    let (path, owner) = if geteuid().is_root() {
        let path = folder.path().join("key_file.json");
        write_file(&path, b"theirs");
        std::os::unix::fs::chown(&path, Some(UNPRIVILEGED_USER), None).expect("root can");
        (path, UNPRIVILEGED_USER)
    } else {
        (PathBuf::from("/etc/passwd"), 0)
    };
    let content = fs::read(&path).expect("the file");

    let refusal = token_plugin()
        .folder(folder)
        .property("token_key_file", &path.display().to_string())
        .refused();

    let reason = format!("owned by user {owner}");
    assert!(refusal.line().contains(&reason), "{refusal}");
    assert_eq!(fs::read(&path).expect("the file"), content);
}

#[test]
fn two_servers_with_their_own_files_do_not_affect_each_other() {
    let first = Host::with_token_plugin();
    let second = Host::with_token_plugin();

    assert!(opens_management(&first, &first.keys().management.key));
    assert!(!opens_management(&second, &first.keys().management.key));
    let request = integration_tests::get("/models");
    let management = integration_tests::Listener::Management;
    assert_eq!(who_may(&second, management, &request), ["management"]);
}
