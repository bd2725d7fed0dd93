use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Read as _,
    os::unix::fs::symlink,
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags, open},
    io::Errno,
};
use tempfile::TempDir;

use super::{BeneathError, open_beneath, walk};

/// A folder `inside` with a file and a folder with a file, and a file beside it.
fn folders() -> TempDir {
    let outer = TempDir::new().unwrap();
    let inside = outer.path().join("inside");
    fs::create_dir_all(inside.join("sub")).unwrap();
    for (name, text) in [
        ("inside/file", "in"),
        ("inside/sub/file", "sub"),
        ("outside", "out"),
    ] {
        put(&outer.path().join(name), text);
    }
    outer
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test file need not be written atomically"
)]
fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// What both ways of looking a name up find; `None` for a name that leads out.
fn found(outer: &TempDir, name: &str) -> Option<String> {
    let folder = outer.path().join("inside");
    let opened = match open_beneath(&folder, OsStr::new(name)) {
        Ok(mut file) => Some(String::from_utf8(file.read(10).unwrap()).unwrap()),
        Err(BeneathError::Escapes) => None,
        Err(error) => panic!("{name}: {error}"),
    };
    let root = open(&folder, OFlags::RDONLY, Mode::empty()).unwrap();
    let walked = match walk(root, OsStr::new(name)) {
        Ok(descriptor) => {
            let mut text = String::new();
            File::from(descriptor).read_to_string(&mut text).unwrap();
            Some(text)
        }
        Err(Errno::XDEV) => None,
        Err(error) => panic!("{name}: {error}"),
    };
    assert_eq!(opened, walked, "{name}");
    opened
}

#[test]
fn a_name_and_a_link_that_stay_are_followed() {
    let outer = folders();
    let inside = outer.path().join("inside");
    symlink("sub", inside.join("link")).unwrap();
    symlink("link/file", inside.join("chain")).unwrap();
    symlink("sub/.././file", inside.join("around")).unwrap();
    symlink("../file", inside.join("sub/up")).unwrap();
    for (name, text) in [
        ("file", "in"),
        ("./sub/file", "sub"),
        ("link/file", "sub"),
        ("chain", "sub"),
        ("around", "in"),
        ("sub/up", "in"),
    ] {
        assert_eq!(found(&outer, name).as_deref(), Some(text), "{name}");
    }
}

#[test]
fn no_name_and_no_link_leads_out() {
    let outer = folders();
    let inside = outer.path().join("inside");
    symlink("../outside", inside.join("relative")).unwrap();
    symlink(outer.path().join("outside"), inside.join("absolute")).unwrap();
    symlink(inside.join("file"), inside.join("absolute-inside")).unwrap();
    symlink("relative", inside.join("chained")).unwrap();
    symlink("..", inside.join("folder")).unwrap();
    symlink("../../outside", inside.join("sub/up")).unwrap();
    for name in [
        "relative",
        "absolute",
        "absolute-inside",
        "chained",
        "folder/outside",
        "sub/up",
        "../outside",
        "../inside/file",
        "/dev/null",
    ] {
        assert_eq!(found(&outer, name), None, "{name}");
    }
}

#[test]
fn a_link_to_itself_ends() {
    let outer = folders();
    let inside = outer.path().join("inside");
    symlink("loop", inside.join("loop")).unwrap();
    let root = open(&inside, OFlags::RDONLY, Mode::empty()).unwrap();
    assert_eq!(walk(root, OsStr::new("loop")).map(drop), Err(Errno::LOOP));
    assert!(matches!(
        open_beneath(&inside, OsStr::new("loop")),
        Err(BeneathError::File(_))
    ));
}
