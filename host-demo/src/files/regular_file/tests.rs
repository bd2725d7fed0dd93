use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::{RegularFile, read, read_text};

#[expect(
    clippy::disallowed_methods,
    reason = "a test file need not be written atomically"
)]
fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

fn error(path: &Path) -> String {
    read(path, 4).unwrap_err().to_string()
}

#[test]
fn a_file_is_read_up_to_the_limit_and_through_a_link() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    put(&path, b"four");
    assert_eq!(read(&path, 4).unwrap(), b"four");
    symlink("file", folder.path().join("link")).unwrap();
    assert_eq!(read(&folder.path().join("link"), 4).unwrap(), b"four");
    put(&path, b"fives");
    assert_eq!(error(&path), "5 bytes: expected at most 4");
}

#[test]
fn what_is_no_regular_file_is_named_and_never_waited_for() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    symlink("pipe", at("link-to-pipe")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    for (path, found) in [
        (at("folder"), "a folder"),
        (at("pipe"), "a pipe"),
        (at("link-to-pipe"), "a pipe"),
        (at("socket"), "a socket"),
        ("/dev/zero".into(), "a device"),
    ] {
        assert_eq!(error(&path), format!("{found}: expected a regular file"));
    }
}

#[test]
fn a_link_is_refused_where_none_may_be() {
    let folder = TempDir::new().unwrap();
    put(&folder.path().join("file"), b"");
    symlink("file", folder.path().join("link")).unwrap();
    let refused = RegularFile::open_without_link(&folder.path().join("link"));
    let error = refused.unwrap_err().to_string();
    assert_eq!(error, "a link: expected a regular file");
}

#[test]
fn a_file_that_grows_while_it_is_read_stays_within_the_limit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    put(&path, b"four");
    let mut file = RegularFile::open(&path).unwrap();
    put(&path, b"much longer");
    assert!(file.has_changed().unwrap());
    let error = file.read(4).unwrap_err().to_string();
    assert_eq!(error, "5 bytes: expected at most 4");
}

#[test]
fn a_text_is_utf_8() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    put(&path, b"\xff");
    let error = read_text(&path, 4).unwrap_err().to_string();
    assert_eq!(error, "not UTF-8: expected a text in UTF-8");
}

#[test]
fn a_missing_file_has_the_message_of_the_system() {
    assert_eq!(
        error(Path::new("/nowhere/file")),
        "No such file or directory (os error 2)"
    );
}
