//! How the file is written, and who can read what in the meantime.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use integration_tests::{Host, Keys, get, write_file};
use rustix::process::{Resource, Rlimit, prlimit};

use super::token_plugin;
use crate::expect::{opens_inference, opens_management, rotate};

const ROTATIONS: usize = 100;

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("the file");
    metadata.permissions().mode() & 0o777
}

/// Reads the folder repeatedly while `work` runs.
fn watching<T>(look: impl Fn() + Sync, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                look();
            }
        });
        let end = EndWatching(&done);
        let result = work();
        drop(end);
        watcher.join().expect("nothing wrong was seen");
        result
    })
}

/// Ends the watcher if the work fails, too.
struct EndWatching<'a>(&'a AtomicBool);

impl Drop for EndWatching<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn rotate_often(host: &Host) {
    let api = host.keys().api;
    let mut connection = host.connect(integration_tests::Listener::Management);
    for turn in 0..ROTATIONS {
        let kind = ["management", "inference"][turn % 2];
        let request = get(&format!("/token?type={kind}")).key(&api);
        assert_eq!(connection.exchange(&request).status, 200);
    }
}

#[test]
fn the_mode_is_0600_whatever_the_umask() {
    for umask in ["umask 000", "umask 022", "umask 077"] {
        let host = token_plugin().prelude(umask).start();

        assert_eq!(mode(&host.key_file()), 0o600, "{umask}");
        rotate(&host, "inference");
        assert_eq!(mode(&host.key_file()), 0o600, "{umask}");
    }
}

/// At startup and during a rotation.
#[test]
fn other_users_cannot_read_a_file_at_any_moment() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_owned();
    let look = || {
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            // Root may still see it after it was renamed.
            if let Ok(metadata) = entry.metadata()
                && entry.file_name() != "config.properties"
            {
                let mode = metadata.permissions().mode() & 0o077;
                assert_eq!(mode, 0, "{}", entry.path().display());
            }
        }
    };

    watching(look, || {
        let host = token_plugin().folder(folder).prelude("umask 000").start();
        rotate_often(&host);
    });
}

#[test]
fn a_reader_during_a_rotation_sees_a_complete_file() {
    let host = Host::with_token_plugin();
    let path = host.key_file();

    watching(
        || {
            let _whole = Keys::read(&path);
        },
        || rotate_often(&host),
    );
}

/// The file gets another inode.
#[test]
fn a_rotation_replaces_the_file_and_leaves_no_temporary_file() {
    let host = Host::with_token_plugin();
    let before = fs::metadata(host.key_file()).expect("the key file");
    let names = || {
        let entries = fs::read_dir(host.folder()).expect("the folder");
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let names_before = names();
    // As long as it is open, its inode is not reused.
    let old_file = fs::File::open(host.key_file()).expect("the key file");
    let old_keys = host.keys();

    rotate(&host, "management");

    let after = fs::metadata(host.key_file()).expect("the key file");
    assert_ne!(before.ino(), after.ino());
    assert_eq!(names(), names_before);
    let old_text = std::io::read_to_string(old_file).expect("the old file");
    assert_eq!(Keys::parse(&old_text), old_keys);
}

/// Keys are published only after they are on disk.
#[test]
fn a_failed_write_is_500_and_changes_neither_keys_nor_file() {
    // A limit of the file size stands for a full disk; its signal would end the process.
    let host = token_plugin().prelude("trap '' XFSZ").start();
    let keys = host.keys();
    let text = fs::read_to_string(host.key_file()).expect("the key file");
    let limit = |bytes| {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(host.pid()), Resource::Fsize, limit).expect("the limit can be set");
    };

    limit(Some(0));
    let request = get("/token?type=management").key(&keys.api);
    let response = host.management(&request);

    assert_eq!(response.status, 500, "{response:?}");
    assert_eq!(response.json()["code"], 500);
    assert!(opens_management(&host, &keys.management.key));
    assert_eq!(
        fs::read_to_string(host.key_file()).expect("the key file"),
        text
    );
    limit(None);
    rotate(&host, "management");
    assert!(!opens_management(&host, &keys.management.key));
    assert!(opens_management(&host, &host.keys().management.key));
}

/// The file is never read back.
#[test]
fn an_edited_file_changes_nothing() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let text = fs::read_to_string(host.key_file()).expect("the key file");
    let other = "A".repeat(43);

    write_file(
        &host.key_file(),
        text.replace(&keys.management.key, &other).as_bytes(),
    );

    assert!(!opens_management(&host, &other));
    assert!(opens_management(&host, &keys.management.key));
}

#[test]
fn the_next_rotation_rewrites_an_edited_or_deleted_file() {
    let host = Host::with_token_plugin();
    let keys = host.keys();

    write_file(&host.key_file(), b"nonsense");
    let response = host.management(&get("/token?type=inference").key(&keys.api));
    assert_eq!(response.status, 200, "{response:?}");
    let after_edit = host.keys();
    assert_eq!(after_edit.management, keys.management);
    assert_eq!(after_edit.api, keys.api);
    assert!(opens_inference(&host, &after_edit.inference.key));

    fs::remove_file(host.key_file()).expect("the key file");
    let response = host.management(&get("/token?type=management").key(&keys.api));
    assert_eq!(response.status, 200, "{response:?}");
    let after_deletion = host.keys();
    assert_eq!(after_deletion.inference, after_edit.inference);
    assert!(opens_management(&host, &after_deletion.management.key));
    assert_eq!(mode(&host.key_file()), 0o600);
}
