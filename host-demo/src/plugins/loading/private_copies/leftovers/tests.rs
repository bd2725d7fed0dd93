use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use super::{AGE_MIN, lock, remove};
use crate::plugins::test_support::{folder, write};

#[test]
fn only_folders_of_killed_servers_are_removed() {
    let (parent, outside) = (folder(), folder());
    let at = |name: &str| parent.path().join(name);
    for name in ["copies-left", "copies-held", "other"] {
        fs::create_dir(at(name)).unwrap();
        write(&at(name).join("a.so"), b"");
    }
    write(&at("copies-file"), b"");
    symlink(outside.path(), at("copies-link")).unwrap();
    let held = lock(&at("copies-held")).unwrap();
    let now = SystemTime::now();
    let later = now + AGE_MIN + Duration::from_secs(1);
    let names = || {
        let entries = fs::read_dir(parent.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let before = names();
    remove(parent.path(), "copies-", now);
    assert_eq!(names(), before);
    remove(parent.path(), "copies-", later);
    assert_eq!(
        names(),
        ["copies-file", "copies-held", "copies-link", "other"]
    );
    assert!(outside.path().exists());
    drop(held);
    remove(parent.path(), "copies-", later);
    assert_eq!(names(), ["copies-file", "copies-link", "other"]);
}

#[test]
fn a_folder_is_held_once() {
    let folder = folder();
    let held = lock(folder.path()).unwrap();
    assert!(lock(folder.path()).is_err());
    drop(held);
    assert!(lock(folder.path()).is_ok());
}
