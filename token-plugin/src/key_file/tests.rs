use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use plugin_api::PluginError;
use rustix::fs::Mode;
use tempfile::TempDir;

use super::{KeyFile, KeyFileError};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn refusal(path: &Path) -> String {
    PluginError::from_error(&KeyFile::at(path).unwrap_err()).to_string()
}

#[test]
fn a_relative_path_is_made_absolute_once() {
    let file = KeyFile::at(Path::new("some_key_file.json")).unwrap();
    let here = fs::canonicalize(".").unwrap();
    assert_eq!(file.path(), here.join("some_key_file.json"));
}

#[test]
fn the_folder_must_exist_and_be_one() {
    let folder = folder();
    assert!(refusal(&folder.path().join("none/key_file.json")).contains("/none: No such file"));
    File::create(folder.path().join("file")).unwrap();
    assert!(refusal(&folder.path().join("file/key_file.json")).contains("/file: is not a folder"));
    assert!(refusal(Path::new("")).ends_with("names no file"));
    assert!(refusal(Path::new("..")).ends_with("names no file"));
}

#[test]
fn a_file_that_a_killed_server_left_is_replaced_with_a_new_one_of_mode_0600() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let old = File::create(&path).unwrap();
    old.set_permissions(fs::Permissions::from_mode(0o644))
        .unwrap();
    KeyFile::at(&path)
        .unwrap()
        .replace(b"new")
        .unwrap()
        .folder_sync
        .unwrap();
    let metadata = path.metadata().unwrap();
    assert_eq!(metadata.permissions().mode(), 0o100_600);
    assert_ne!(metadata.ino(), old.metadata().unwrap().ino());
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_symlink_is_refused_and_not_followed() {
    let folder = folder();
    let target = folder.path().join("target");
    File::create(&target).unwrap();
    let path = folder.path().join("key_file.json");
    symlink(&target, &path).unwrap();
    assert!(refusal(&path).ends_with("key_file.json: is a symlink; name the file itself"));
    assert_eq!(fs::read(&target).unwrap(), b"");
}

#[test]
fn a_dangling_symlink_is_refused_too() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    symlink("nowhere", &path).unwrap();
    assert!(refusal(&path).ends_with("is a symlink; name the file itself"));
}

#[test]
fn a_folder_a_fifo_and_another_users_file_are_refused() {
    let folder = folder();
    let path = folder.path().join("folder");
    fs::create_dir(&path).unwrap();
    assert!(refusal(&path).ends_with("is a folder; name a file"));

    let path = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
    assert!(refusal(&path).ends_with("is a fifo, not a regular file"));

    // Only the superuser can change the owner of a file, and to the superuser no file belongs to
    // another user.
    let user = rustix::process::geteuid();
    let (path, owner) = if user.is_root() {
        let path = folder.path().join("foreign");
        File::create(&path).unwrap();
        chown(&path, Some(12_345), None).unwrap();
        (path, 12_345)
    } else {
        ("/etc/passwd".into(), 0)
    };
    let (owned, this) = (format!("is owned by user {owner}"), user.as_raw());
    assert!(refusal(&path).ends_with(&format!("{owned}, and this is user {this}")));
}

#[test]
fn a_file_of_another_type_put_there_later_is_refused_at_the_next_write() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let mut file = KeyFile::at(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(
        file.replace(b"new"),
        Err(KeyFileError::Unfit { .. })
    ));
}

#[test]
fn a_write_that_fails_leaves_no_file() {
    let folder = folder();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let mut file = KeyFile::at(&inner.join("key_file.json")).unwrap();
    fs::remove_dir(&inner).unwrap();
    File::create(&inner).unwrap();
    assert!(file.replace(b"new").is_err());
    assert!(inner.metadata().unwrap().is_file());
}

#[test]
fn a_reader_during_replacements_sees_one_complete_text_or_the_other() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let texts = [vec![b'a'; 10_000], vec![b'b'; 7_000]];
    let mut file = KeyFile::at(&path).unwrap();
    file.replace(&texts[0]).unwrap().folder_sync.unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) || reads == 0 {
                assert!(texts.contains(&fs::read(&path).unwrap()));
                reads += 1;
            }
        });
        for round in 0..200 {
            file.replace(&texts[round % 2])
                .unwrap()
                .folder_sync
                .unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

#[test]
fn the_file_is_deleted_once_and_only_if_it_is_still_ours() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let mut file = KeyFile::at(&path).unwrap();
    assert!(!file.remove().unwrap());

    file.replace(b"ours").unwrap().folder_sync.unwrap();
    assert!(file.remove().unwrap());
    assert!(!path.exists());

    file.replace(b"ours").unwrap().folder_sync.unwrap();
    fs::remove_file(&path).unwrap();
    assert!(!file.remove().unwrap());

    // A file system may give the number of a deleted file to the next one at once.
    file.replace(b"ours").unwrap().folder_sync.unwrap();
    fs::remove_file(&path).unwrap();
    File::create(&path).unwrap();
    assert!(!file.remove().unwrap());
    assert!(path.exists());
}

#[test]
fn a_file_edited_in_place_is_still_ours() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let mut file = KeyFile::at(&path).unwrap();
    file.replace(b"ours").unwrap().folder_sync.unwrap();
    File::options()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    assert!(file.remove().unwrap());
}

#[test]
fn a_file_that_somebody_else_put_there_is_left_alone_until_it_is_deleted() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let mut file = KeyFile::at(&path).unwrap();
    file.replace(b"ours").unwrap().folder_sync.unwrap();
    let identity = file.identity();
    fs::remove_file(&path).unwrap();
    File::create(&path).unwrap().write_all(b"theirs").unwrap();

    let mut successor = KeyFile::at(&path).unwrap();
    assert!(!successor.adopt(identity));
    for file in [&mut file, &mut successor] {
        assert!(matches!(
            file.replace(b"new"),
            Err(KeyFileError::Replaced { .. })
        ));
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fs::remove_file(&path).unwrap();
    successor.replace(b"new").unwrap().folder_sync.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn a_file_that_is_in_use_is_told_from_a_leftover() {
    let folder = folder();
    let path = folder.path().join("key_file.json");
    let other = KeyFile::at(&path).unwrap();
    other.check_unused().unwrap();
    let mut file = KeyFile::at(&path).unwrap();
    let mut successor = KeyFile::at(&path).unwrap();
    for text in [b"one", b"two"] {
        file.replace(text).unwrap().folder_sync.unwrap();
        assert!(matches!(
            other.check_unused(),
            Err(KeyFileError::InUse { .. })
        ));
    }
    assert!(successor.adopt(file.identity()));
    drop(file);
    assert!(other.check_unused().is_err());
    drop(successor);
    other.check_unused().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    other.check_unused().unwrap();
}
