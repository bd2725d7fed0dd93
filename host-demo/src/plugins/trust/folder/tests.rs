use std::{
    env::consts::DLL_EXTENSION,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use super::PluginFolder;
use crate::plugins::test_support::{folder, rules, set_mode, write};

fn open(path: &Path) -> Result<PluginFolder, String> {
    PluginFolder::open(path, rules()).map_err(|error| error.to_string())
}

fn library(folder: &Path, stem: &str) -> PathBuf {
    fs::canonicalize(folder)
        .unwrap()
        .join(format!("{stem}.{DLL_EXTENSION}"))
}

#[test]
fn only_libraries_are_found_sorted_by_name() {
    let folder = folder();
    let at = |stem: &str| library(folder.path(), stem);
    fs::create_dir(folder.path().join("below")).unwrap();
    for path in [
        at("b"),
        at("a"),
        at(".hidden"),
        at("below/c"),
        folder.path().join("a.txt"),
        folder.path().join("a.minisig"),
        folder.path().join(format!("a.{DLL_EXTENSION}.1")),
    ] {
        write(&path, b"");
    }
    let libraries = open(folder.path()).unwrap().libraries().unwrap();
    assert_eq!(libraries, [at("a"), at("b")]);
}

#[test]
fn a_library_with_two_names_is_listed_once_by_its_own_name() {
    let folder = folder();
    let at = |stem: &str| library(folder.path(), stem);
    write(&at("token-1.2"), b"");
    symlink(at("token-1.2"), at("token")).unwrap();
    symlink(at("token-1.2"), at("a")).unwrap();
    let opened = open(folder.path()).unwrap();
    assert_eq!(opened.libraries().unwrap(), [at("token-1.2")]);
    assert_eq!(opened.resolve(&at("token")).unwrap(), at("token-1.2"));
}

#[test]
fn the_links_of_a_kubernetes_volume_are_followed() {
    let folder = folder();
    let root = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir(root.join("..2026_01_02")).unwrap();
    set_mode(&root.join("..2026_01_02"), 0o755);
    let file = library(&root.join("..2026_01_02"), "token");
    write(&file, b"");
    symlink("..2026_01_02", root.join("..data")).unwrap();
    let name = library(&root, "token");
    symlink(format!("..data/token.{DLL_EXTENSION}"), &name).unwrap();
    let opened = open(&root).unwrap();
    assert_eq!(opened.libraries().unwrap(), std::slice::from_ref(&name));
    assert_eq!(opened.resolve(&name).unwrap(), file);
    // A user who can write the folder through which the link leads can replace the plugin.
    set_mode(&root.join("..2026_01_02"), 0o775);
    let error = opened.resolve(&name).unwrap_err().to_string();
    assert!(error.contains("..2026_01_02 has mode 0775"), "{error}");
}

#[test]
fn a_link_out_of_the_folder_is_refused_even_if_permissions_are_not() {
    let (folder, outside) = (folder(), folder());
    let target = library(outside.path(), "x");
    write(&target, b"");
    let root = fs::canonicalize(folder.path()).unwrap();
    let link = library(&root, "x");
    symlink(&target, &link).unwrap();
    let trust = crate::config::PluginTrust {
        insecure_permissions: true,
        ..Default::default()
    };
    let lenient = crate::plugins::trust::permissions::Rules::new(&trust);
    for rules in [rules(), lenient] {
        let opened = PluginFolder::open(&root, rules).unwrap();
        assert_eq!(opened.libraries().unwrap(), std::slice::from_ref(&link));
        assert_eq!(
            opened.resolve(&link).unwrap_err().to_string(),
            format!(
                "a link to {}: expected a link to a file in {}: copy the file into the folder",
                target.display(),
                root.display()
            )
        );
    }
}

#[test]
fn a_dangling_link_is_listed_and_refused() {
    let folder = folder();
    let link = library(folder.path(), "x");
    symlink("gone", &link).unwrap();
    let opened = open(folder.path()).unwrap();
    assert_eq!(opened.libraries().unwrap(), std::slice::from_ref(&link));
    assert_eq!(
        opened.resolve(&link).unwrap_err().to_string(),
        "a link to gone, which does not exist: expected a link to a file: remove or correct it"
    );
}

#[test]
fn a_folder_that_cannot_be_read_or_that_others_can_write_is_refused() {
    let folder = folder();
    let file = folder.path().join("file");
    write(&file, b"");
    for (path, reason) in [
        (
            Path::new("nowhere"),
            "No such file or directory (os error 2)",
        ),
        (&file, "Not a directory (os error 20)"),
    ] {
        assert_eq!(
            open(path).unwrap_err(),
            format!("{reason}: expected a readable folder")
        );
    }
    set_mode(folder.path(), 0o775);
    let error = open(folder.path()).unwrap_err();
    let path = folder.path().display();
    assert!(
        error.starts_with(&format!("folder {path} has mode 0775: ")),
        "{error}"
    );
}
