use std::{
    fs::{self, File},
    io::Write,
    mem,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use plugin_api::PluginError;
use rustix::fs::FlockOperation;
use tempfile::TempDir;

use super::{Holder, KeyFileLock, LockError, Ticket};

fn paths() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key_file.json");
    let lock_file = folder.path().join("key_file.json.lock");
    (folder, key_file, lock_file)
}

#[test]
fn the_lock_file_names_this_process_is_private_and_is_deleted_with_the_lock() {
    let (_folder, key_file, lock_file) = paths();
    let lock = KeyFileLock::acquire(&key_file).unwrap();
    let record = fs::read_to_string(&lock_file).unwrap();
    assert_eq!(record, lock.ticket.record());
    assert!(record.starts_with(&format!("{}\n", process::id())));
    let mode = lock_file.metadata().unwrap().permissions().mode();
    assert_eq!(mode, 0o100_600);
    drop(lock);
    assert!(!lock_file.exists());
}

#[test]
fn the_error_of_a_second_server_names_the_holder_of_the_key_file() {
    let (_folder, key_file, lock_file) = paths();
    let _lock = KeyFileLock::acquire(&key_file).unwrap();
    let error = KeyFileLock::acquire(&key_file).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "process {} uses this key file: it holds {}",
            process::id(),
            lock_file.display()
        )
    );
}

#[test]
fn a_holder_that_wrote_no_number_yet_is_another_process() {
    let (_folder, key_file, lock_file) = paths();
    let other = File::create(&lock_file).unwrap();
    other.lock().unwrap();
    assert!(matches!(
        KeyFileLock::acquire(&key_file),
        Err(LockError::Held {
            holder: Holder(None),
            ..
        })
    ));
}

#[test]
fn the_lock_file_of_a_killed_server_blocks_no_server() {
    let (_folder, key_file, lock_file) = paths();
    writeln!(File::create(&lock_file).unwrap(), "4194304999\n{:064}", 0).unwrap();
    let lock = KeyFileLock::acquire(&key_file).unwrap();
    let record = fs::read_to_string(&lock_file).unwrap();
    assert_eq!(record, lock.ticket.record());
    assert!(record.starts_with(&format!("{}\n", process::id())));
    drop(lock);
    assert!(!lock_file.exists());
}

#[test]
fn a_symlink_or_a_folder_at_its_path_is_refused() {
    let (folder, key_file, lock_file) = paths();
    symlink(folder.path().join("target"), &lock_file).unwrap();
    let error = PluginError::from_error(&KeyFileLock::acquire(&key_file).unwrap_err()).to_string();
    assert!(error.ends_with("key_file.json.lock: is a symlink; name the file itself"));
    assert!(!folder.path().join("target").exists());

    fs::remove_file(&lock_file).unwrap();
    fs::create_dir(&lock_file).unwrap();
    let error = PluginError::from_error(&KeyFileLock::acquire(&key_file).unwrap_err()).to_string();
    assert!(error.ends_with("key_file.json.lock: is a folder; name a file"));
}

#[test]
fn a_lock_whose_file_was_deleted_does_not_delete_the_file_of_the_next_one() {
    let (_folder, key_file, lock_file) = paths();
    let lock = KeyFileLock::acquire(&key_file).unwrap();
    fs::remove_file(&lock_file).unwrap();
    let next = KeyFileLock::acquire(&key_file).unwrap();
    drop(lock);
    assert!(lock_file.exists());
    drop(next);
    assert!(!lock_file.exists());
}

#[test]
fn of_many_servers_that_start_and_stop_at_once_never_two_hold_it() {
    let (_folder, key_file, _) = paths();
    let holders = AtomicUsize::new(0);
    let acquired = AtomicUsize::new(0);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..2_000 {
                    if let Ok(lock) = KeyFileLock::acquire(&key_file) {
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        acquired.fetch_add(1, Ordering::SeqCst);
                        holders.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                }
            });
        }
    });
    assert!(acquired.load(Ordering::SeqCst) > 0);
}

#[test]
fn a_server_that_is_overtaken_between_the_exclusive_and_the_shared_lock_does_not_have_it() {
    let (_folder, key_file, lock_file) = paths();
    let mut overtaken = KeyFileLock::begin(&lock_file).unwrap();
    // As the kernel does in between.
    rustix::fs::flock(&overtaken.file, FlockOperation::Unlock).unwrap();
    let lock = KeyFileLock::acquire(&key_file).unwrap();
    assert!(!overtaken.settle().unwrap());
    drop(overtaken);
    assert!(lock.is_in_force().unwrap());
    assert!(matches!(
        KeyFileLock::acquire(&key_file),
        Err(LockError::Held { .. })
    ));
}

#[test]
fn a_successor_with_the_ticket_holds_it_too_and_the_last_holder_deletes_the_file() {
    let (_folder, key_file, lock_file) = paths();
    let mut old = KeyFileLock::acquire(&key_file).unwrap();
    let new = KeyFileLock::join(&key_file, old.share()).unwrap();
    let is_held = || matches!(KeyFileLock::acquire(&key_file), Err(LockError::Held { .. }));
    assert!(is_held());
    drop(old);
    assert!(is_held());
    drop(new);
    assert!(!lock_file.exists());
}

#[test]
fn a_successor_that_is_dropped_leaves_the_lock_to_its_predecessor() {
    let (_folder, key_file, lock_file) = paths();
    let mut old = KeyFileLock::acquire(&key_file).unwrap();
    let new = KeyFileLock::join(&key_file, old.share()).unwrap();
    assert!(!new.is_last_holder());
    drop(new);
    assert!(lock_file.exists());
    assert!(matches!(
        KeyFileLock::acquire(&key_file),
        Err(LockError::Held { .. })
    ));
    assert!(old.is_last_holder());
    drop(old);
    assert!(!lock_file.exists());
}

#[test]
fn releasing_leaves_the_file() {
    let (_folder, key_file, lock_file) = paths();
    KeyFileLock::acquire(&key_file).unwrap().release();
    assert!(lock_file.exists());
    assert!(KeyFileLock::acquire(&key_file).is_ok());
}

#[test]
fn a_ticket_that_cannot_be_written_leaves_the_previous_one_valid() {
    let (_folder, key_file, lock_file) = paths();
    let mut old = KeyFileLock::acquire(&key_file).unwrap();
    let ticket = old.share();
    let writable = mem::replace(&mut old.file, File::open(&lock_file).unwrap());
    assert!(matches!(old.renew(), Err(LockError::Io { .. })));
    old.file = writable;
    assert_eq!(old.share(), ticket);
    assert!(KeyFileLock::join(&key_file, ticket).is_ok());
}

#[test]
fn a_restored_ticket_is_valid_again() {
    let (_folder, key_file, _) = paths();
    let mut old = KeyFileLock::acquire(&key_file).unwrap();
    let ticket = old.share();
    let before = old.renew().unwrap();
    assert_eq!(before, ticket);
    assert!(KeyFileLock::join(&key_file, ticket).is_err());
    old.restore(before);
    assert!(KeyFileLock::join(&key_file, ticket).is_ok());
    assert_eq!(old.share(), ticket);
}

#[test]
fn joining_fails_without_the_ticket_with_an_old_one_and_when_it_is_not_held() {
    let (_folder, key_file, lock_file) = paths();
    let mut old = KeyFileLock::acquire(&key_file).unwrap();
    let refused = |ticket| {
        matches!(
            KeyFileLock::join(&key_file, ticket),
            Err(LockError::NotHandedOver { .. })
        )
    };
    assert!(refused(Ticket::new()));
    let outdated = old.share();
    old.renew().unwrap();
    assert!(refused(outdated));
    let current = old.share();
    assert!(!refused(current));
    old.release();
    assert!(lock_file.exists());
    assert!(refused(current));
    fs::remove_file(&lock_file).unwrap();
    assert!(matches!(
        KeyFileLock::join(&key_file, current),
        Err(LockError::Io { .. })
    ));
    assert!(!lock_file.exists());
}

#[test]
fn no_ticket_is_written_once_the_lock_file_is_gone_or_another_one() {
    let (_folder, key_file, lock_file) = paths();
    let mut lock = KeyFileLock::acquire(&key_file).unwrap();
    fs::remove_file(&lock_file).unwrap();
    assert!(matches!(lock.renew(), Err(LockError::Lost { .. })));
    assert!(!lock_file.exists());
    File::create(&lock_file).unwrap();
    assert!(matches!(lock.renew(), Err(LockError::Lost { .. })));
    assert_eq!(fs::read(&lock_file).unwrap(), b"");
}
