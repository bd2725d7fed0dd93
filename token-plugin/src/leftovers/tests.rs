use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::{chown, symlink},
    path::Path,
};

use plugin_api::testing::TestHost;
use token_core::KeyStore;

use super::TemporaryName;
use crate::{key_file::KeyFile, key_file_store::KeyFileStore, lock::KeyFileLock};

fn create(folder: &Path, name: &str) {
    File::create(folder.join(name)).unwrap();
}

#[test]
fn only_files_of_killed_servers_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = KeyFile::at(&folder.path().join("key_file.json")).unwrap();
    let leftovers = [
        ".key_file.json.aB3xY9.token-new",
        ".key_file.json.000000.token-new",
    ];
    let others = [
        "key_file.json",
        "key_file.json.lock",
        ".key_file.json",
        ".key_file.json.backup",
        ".key_file.json.aB3xY9",
        ".key_file.json.aB3xY.token-new",
        ".key_file.json.aB3xY90.token-new",
        ".key_file.json.aB3x.9.token-new",
        ".other.json.aB3xY9.token-new",
        "key_file.json.aB3xY9.token-new",
    ];
    for name in leftovers.iter().chain(&others) {
        create(folder.path(), name);
    }
    key_file.remove_leftovers();
    for name in leftovers {
        assert!(!folder.path().join(name).exists(), "{name}");
    }
    for name in others {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

#[test]
fn links_folders_and_files_of_others_stay_whatever_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    create(folder.path(), "target");
    symlink(path("target"), path(".k.000001.token-new")).unwrap();
    fs::create_dir(path(".k.000002.token-new")).unwrap();
    // Only the superuser can change the owner of a file; as any other user there is nothing to test
    // with.
    if rustix::process::geteuid().is_root() {
        create(folder.path(), ".k.000003.token-new");
        chown(path(".k.000003.token-new"), Some(12_345), None).unwrap();
    }
    let before = fs::read_dir(folder.path()).unwrap().count();
    TemporaryName::beside(OsStr::new("k")).remove_all_in(folder.path());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
}

#[test]
fn a_file_that_is_being_written_has_such_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let name = TemporaryName::beside(OsStr::new("key_file.json"));
    let path = folder.path().join(name.random());
    File::create(&path).unwrap();
    assert_ne!(name.random(), name.random());
    name.remove_all_in(folder.path());
    assert!(!path.exists());
}

#[test]
fn a_missing_folder_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    TemporaryName::beside(OsStr::new("k")).remove_all_in(&folder.path().join("none"));
}

#[test]
fn they_are_deleted_when_the_lock_is_taken_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key_file.json");
    let leftover = folder.path().join(".key_file.json.aB3xY9.token-new");
    File::create(&leftover).unwrap();
    let file = KeyFile::at(&path).unwrap();
    let mut store = KeyFileStore::new(file, TestHost::new().host().log());
    let held = KeyFileLock::acquire(&path).unwrap();
    assert!(store.load().is_err());
    assert!(leftover.exists());
    drop(held);
    assert!(store.load().is_ok());
    assert!(!leftover.exists());
}
