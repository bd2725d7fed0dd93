use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{read, read_elsewhere};
use crate::plugins::test_support::{folder, rules, set_mode, write};

fn error(path: &Path) -> String {
    read(path, 4, &rules()).unwrap_err().to_string()
}

#[test]
fn a_file_is_read_up_to_the_limit() {
    let folder = folder();
    let path = folder.path().join("x.so");
    write(&path, b"four");
    assert_eq!(read(&path, 4, &rules()).unwrap(), b"four");
    write(&path, b"");
    assert_eq!(read(&path, 4, &rules()).unwrap(), b"");
    write(&path, b"fives");
    assert_eq!(error(&path), "5 bytes: expected at most 4");
}

#[test]
fn other_types_of_files_are_named_and_never_block() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    write(&at("file"), b"");
    symlink("file", at("link")).unwrap();
    for (path, found) in [
        (at("folder"), "a folder"),
        (at("pipe"), "a pipe"),
        (at("socket"), "a socket"),
        (at("link"), "a link"),
        ("/dev/null".into(), "a device"),
    ] {
        assert_eq!(
            error(&path),
            format!("{found}: expected a regular file: remove or replace it")
        );
    }
}

#[test]
fn the_rules_are_applied_to_what_was_opened() {
    let folder = folder();
    let path = folder.path().join("x.so");
    write(&path, b"");
    set_mode(&path, 0o666);
    assert!(error(&path).starts_with("mode 0666: "));
}

#[test]
fn a_missing_file_has_the_message_of_the_system() {
    assert_eq!(
        error(Path::new("/nowhere/x.so")),
        "No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_elsewhere_may_be_a_link_but_its_folders_are_checked() {
    let folder = folder();
    let list = folder.path().join("list");
    write(&list, b"1");
    symlink("list", folder.path().join("link")).unwrap();
    let link = folder.path().join("link");
    assert_eq!(read_elsewhere(&link, 4, &rules()).unwrap(), b"1");
    set_mode(folder.path(), 0o777);
    let error = read_elsewhere(&link, 4, &rules()).unwrap_err().to_string();
    assert!(error.contains("has mode 0777"), "{error}");
}
