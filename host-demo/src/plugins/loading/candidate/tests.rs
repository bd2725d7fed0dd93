//! The bytes that were checked are the bytes that are loaded.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::Candidate;
use crate::{
    config::PluginTrust,
    plugins::{
        contract::CONTRACT,
        loading::private_copies::PrivateCopies,
        test_support::{folder, plugin, write},
        trust::gate::Gate,
    },
};

/// The only file of a folder.
fn candidate(folder: &Path, trust: &PluginTrust) -> Candidate {
    let gate = Gate::open(folder, trust).unwrap();
    let libraries = gate.libraries().unwrap();
    let [path] = &libraries[..] else {
        panic!("{libraries:?}");
    };
    Candidate::inspect(gate.read(path).unwrap()).unwrap()
}

fn at(folder: &Path, name: &str) -> PathBuf {
    let name = Path::new(name).with_extension(std::env::consts::DLL_EXTENSION);
    fs::canonicalize(folder).unwrap().join(name)
}

#[test]
fn a_candidate_is_displayed_with_file_digest_and_manifest() {
    let folder = folder();
    let (path, bytes) = (at(folder.path(), "a"), plugin("one"));
    write(&path, &bytes);
    let found = candidate(folder.path(), &PluginTrust::default());
    assert_eq!(
        found.to_string(),
        format!(
            "{}: one 0.1.0, contract {CONTRACT}, rustc, {} bytes, sha256 {}",
            path.display(),
            bytes.len(),
            found.sha256
        )
    );
}

#[test]
fn a_file_that_is_replaced_after_the_check_does_not_change_what_is_loaded() {
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, &plugin("checked"));
    let trust = PluginTrust::default();
    let found = candidate(folder.path(), &trust);
    // In place, as cp writes it, and then by another file, as mv does.
    write(&path, &plugin("swapped"));
    fs::remove_file(&path).unwrap();
    write(&path, &plugin("swapped"));
    let copies = PrivateCopies::create(&trust).unwrap();
    let copy = copies.write(&found).unwrap();
    assert_eq!(fs::read(copy.path()).unwrap(), plugin("checked"));
}

#[test]
fn copies_are_private_and_their_names_are_never_reused() {
    let folder = folder();
    write(&at(folder.path(), "token"), &plugin("token"));
    let trust = PluginTrust {
        cache_path: Some(folder.path().to_owned()),
        ..PluginTrust::default()
    };
    let found = candidate(folder.path(), &trust);
    let copies = PrivateCopies::create(&trust).unwrap();
    let first = copies.write(&found).unwrap();
    let first_path = first.path().to_owned();
    drop(first);
    assert!(!first_path.exists());
    let second = copies.write(&found).unwrap();
    assert_ne!(first_path, second.path());
    let second_path = second.path().to_owned();
    second.keep();
    let second = second_path;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let own = second.parent().unwrap();
    assert_eq!((mode(own), mode(&second)), (0o700, 0o400));
    assert_eq!(
        own.parent().unwrap(),
        fs::canonicalize(folder.path()).unwrap()
    );
    let name = second.file_name().unwrap().to_str().unwrap();
    let start = format!("token-{}-g", &found.sha256.to_string()[..16]);
    assert!(name.starts_with(&start), "{name}");
    copies.remove();
    assert!(!own.exists());
    copies.remove();
}
