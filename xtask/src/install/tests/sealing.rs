use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::install::install;

/// As the host seals a file: it puts another one in its place.
const SEALS: &str = r#"#!/bin/sh
[ "$1 $2" = "plugin seal" ] && cp -p "$3" "$3.new" && printf ' sealed' >> "$3.new" && mv "$3.new" "$3"
"#;
const REFUSES: &str = "#!/bin/sh\necho 'its manifest cannot be found' >&2\nexit 1\n";

/// Another process writes it: a file that is open for writing, here or in a child of another test, cannot be
/// started.
fn host(folder: &Path, script: &str) -> PathBuf {
    let host = folder.join("host-demo");
    let write = r#"printf '%s' "$1" > "$0" && chmod +x "$0""#;
    let mut shell = Command::new("sh");
    let written = shell.args(["-c", write]).arg(&host).arg(script).status();
    assert!(written.unwrap().success());
    host
}

fn library(folder: &Path) -> PathBuf {
    let library = folder.join("libnew.so");
    File::create(&library).unwrap().write_all(b"new").unwrap();
    library
}

#[test]
fn the_copy_is_sealed_before_it_has_its_name() {
    let (built, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let library = library(built.path());
    let host = host(built.path(), SEALS);

    let installed = install(&library, folder.path(), Some(&host)).unwrap();

    assert_eq!(fs::read(&installed).unwrap(), b"new sealed");
    let mode = fs::metadata(&installed).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(fs::read(&library).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_library_that_cannot_be_sealed_is_not_installed() {
    let (built, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let library = library(built.path());
    let host = host(built.path(), REFUSES);

    let error = install(&library, folder.path(), Some(&host)).unwrap_err();

    let text = error.to_string();
    assert!(
        text.ends_with("host-demo plugin seal: its manifest cannot be found"),
        "{text}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
