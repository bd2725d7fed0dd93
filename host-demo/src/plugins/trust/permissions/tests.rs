use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{PermissionError, Rules};
use crate::{
    config::PluginTrust,
    plugins::test_support::{folder, make_foreign, rules, set_mode, write},
};

fn lenient() -> Rules {
    Rules::new(&PluginTrust {
        insecure_permissions: true,
        ..PluginTrust::default()
    })
}

fn check_file(rules: &Rules, path: &Path) -> Result<(), PermissionError> {
    rules.check_file(path, &fs::metadata(path).unwrap())
}

fn check_folder(rules: &Rules, path: &Path) -> Result<(), PermissionError> {
    rules.check_folder(path, &fs::metadata(path).unwrap())
}

#[test]
fn a_file_may_be_written_by_its_owner_only() {
    let folder = folder();
    let path = folder.path().join("x.so");
    write(&path, b"");
    for (mode, is_good) in [
        (0o400, true),
        (0o644, true),
        (0o755, true),
        (0o4755, true),
        (0o664, false),
        (0o646, false),
        (0o777, false),
        (0o620, false),
    ] {
        set_mode(&path, mode);
        let judged = check_file(&rules(), &path);
        assert_eq!(judged.is_ok(), is_good, "{mode:o}: {judged:?}");
        assert!(check_file(&lenient(), &path).is_ok());
    }
    set_mode(&path, 0o664);
    assert_eq!(
        check_file(&rules(), &path).unwrap_err().to_string(),
        format!(
            "mode 0664: expected no write permission for group and others: chmod go-w {}",
            path.display()
        )
    );
}

#[test]
fn a_file_of_another_user_is_refused() {
    let folder = folder();
    let path = folder.path().join("x.so");
    write(&path, b"");
    let rules = make_foreign(&path);
    let error = check_file(&rules, &path).unwrap_err();
    assert!(
        matches!(error, PermissionError::FileOwner { .. }),
        "{error}"
    );
    let expected = rules.server_user();
    assert!(
        error.to_string().ends_with(&format!(
            ": expected root or user {expected}, who runs the server: chown {expected} {}",
            path.display()
        )),
        "{error}"
    );
    assert!(check_file(&lenient(), &path).is_ok());
}

#[test]
fn a_folder_of_plugins_may_be_written_by_its_owner_only_sticky_or_not() {
    let folder = folder();
    for mode in [0o775, 0o757, 0o1777] {
        set_mode(folder.path(), mode);
        let error = check_folder(&rules(), folder.path()).unwrap_err();
        let path = folder.path().display();
        assert_eq!(
            error.to_string(),
            format!(
                "folder {path} has mode {mode:04o}: expected no write permission for group and \
                 others: chmod go-w {path}"
            )
        );
        assert!(check_folder(&lenient(), folder.path()).is_ok());
    }
    set_mode(folder.path(), 0o755);
    assert!(check_folder(&rules(), folder.path()).is_ok());
    let rules = make_foreign(folder.path());
    let error = check_folder(&rules, folder.path()).unwrap_err();
    assert!(
        matches!(error, PermissionError::FolderOwner { .. }),
        "{error}"
    );
}

#[test]
fn every_folder_above_is_checked() {
    let folder = folder();
    let root = fs::canonicalize(folder.path()).unwrap();
    let plugins = root.join("a/b/plugins");
    fs::create_dir_all(&plugins).unwrap();
    for path in [&plugins, &root.join("a/b"), &root.join("a")] {
        set_mode(path, 0o755);
    }
    rules().check_parents(&plugins).unwrap();
    let grandparent: PathBuf = root.join("a");
    set_mode(&grandparent, 0o777);
    let error = rules().check_parents(&plugins).unwrap_err();
    assert!(
        matches!(&error, PermissionError::FolderMode { path, found: 0o777 } if *path == grandparent),
        "{error}"
    );
    lenient().check_parents(&plugins).unwrap();
}

#[test]
fn a_sticky_folder_above_is_accepted_only_if_root_owns_it() {
    let folder = folder();
    let root = fs::canonicalize(folder.path()).unwrap();
    set_mode(&root, 0o1777);
    let judged = rules().check_parents(&root.join("plugins"));
    assert_eq!(judged.is_ok(), rules().server_user() == 0, "{judged:?}");
}
