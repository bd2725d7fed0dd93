//! Valid plugins that the configured rules reject.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    process::Command,
};

use integration_tests::{Host, HostBuilder, PluginFolder, write_file};
use rustix::process::geteuid;

use super::{FILE, assert_line, assert_refused, assert_refused_by, built, make_link};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

#[test]
fn a_file_that_others_can_write() {
    for (mode, spelled) in [(0o664, "0664"), (0o646, "0646")] {
        let plugins = built("token-plugin");
        let file = plugins.path().join(FILE);
        set_mode(&file, mode);
        let reason = format!(
            "mode {spelled}: expected no write permission for group and others: chmod go-w {}",
            file.display()
        );
        assert_refused(plugins, &reason);
    }
}

#[test]
fn a_folder_that_others_can_write() {
    let plugins = built("token-plugin");
    set_mode(plugins.path(), 0o777);
    let path = plugins.path().display().to_string();
    let expected = format!(
        "plugins path {path}: folder {path} has mode 0777: expected no write permission for group and others: \
         chmod go-w {path}"
    );
    assert_line(Host::builder(), plugins, &expected);
}

#[test]
fn a_file_of_another_user() {
    if !geteuid().is_root() {
        let _ = writeln!(io::stderr(), "skipped: only root can give a file away");
        return;
    }
    let plugins = built("token-plugin");
    let file = plugins.path().join(FILE);
    chown(&file, Some(65_534), None).expect("root can give a file away");
    let reason = format!(
        "owned by user 65534: expected root or user 0, who runs the server: chown 0 {}",
        file.display()
    );
    assert_refused(plugins, &reason);
}

#[test]
fn a_link_out_of_the_folder() {
    let elsewhere = built("token-plugin");
    let target = elsewhere.path().join(FILE);
    let plugins = PluginFolder::new();
    make_link(&target, &plugins.path().join(FILE));
    let reason = format!(
        "a link to {}: expected a link to a file in {}: copy the file into the folder",
        target.display(),
        plugins.path().display()
    );
    assert_refused(plugins, &reason);
}

fn with_list(list: &Path) -> HostBuilder {
    Host::builder().argument("--plugins-allow").argument(list)
}

/// Or that is in the list with another digest.
#[test]
fn a_file_that_is_not_in_the_list() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("allowed");
    let list = path.display().to_string();
    let (plugins, other) = (built("token-plugin"), "0".repeat(64));
    let digest = sha256(&plugins.path().join(FILE));
    for (text, reason) in [
        (
            format!("{other}  libother.so\n"),
            format!("not listed in {list}: remove the file, or add the line \"{digest}  {FILE}\""),
        ),
        (
            format!("{other}  {FILE}\n"),
            format!(
                "its sha256 is {digest}: expected {other}, as listed in {list}: restore the listed file, or \
                 list this digest too"
            ),
        ),
    ] {
        write_file(&path, text.as_bytes());
        set_mode(&path, 0o644);
        assert_refused_by(with_list(&path), built("token-plugin"), &reason);
    }
}

/// As printed by `sha256sum`.
fn sha256(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output();
    let output = output.expect("sha256sum runs").stdout;
    let text = String::from_utf8(output).expect("UTF-8");
    text.split(' ').next().expect("a digest").to_owned()
}

#[test]
fn a_file_without_a_signature() {
    let host = Host::builder()
        .argument("--plugins-public-key")
        .argument("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3");
    let plugins = built("token-plugin");
    let file = plugins.path().join(FILE).display().to_string();
    let reason = format!(
        "its signature {file}.minisig cannot be read: No such file or directory (os error 2): expected one made with \
         the key of --plugins-public-key: make it with minisign -S -m {file}"
    );
    assert_refused_by(host, plugins, &reason);
}
