//! The bytes that were checked are the bytes that are loaded.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::Gate;
use crate::{
    config::PluginTrust,
    plugins::{
        loading::{candidate::Candidate, error::PluginLoadError, private_copies::PrivateCopies},
        test_support::{folder, listed, plugin, set_mode, write},
    },
};

fn admit(folder: &Path, trust: &PluginTrust) -> Result<Vec<Candidate>, String> {
    let open = || -> Result<_, PluginLoadError> {
        let gate = Gate::open(folder, trust)?;
        let libraries = gate.libraries()?.into_iter();
        libraries.map(|path| gate.admit(path)).collect()
    };
    open().map_err(|error| error.to_string())
}

fn at(folder: &Path, name: &str) -> PathBuf {
    let name = Path::new(name).with_extension(std::env::consts::DLL_EXTENSION);
    fs::canonicalize(folder).unwrap().join(name)
}

#[test]
fn a_candidate_tells_its_file_its_digest_and_what_it_says_of_itself() {
    let folder = folder();
    let (path, bytes) = (at(folder.path(), "a"), plugin("one"));
    write(&path, &bytes);
    let candidates = admit(folder.path(), &PluginTrust::default()).unwrap();
    let [candidate] = &candidates[..] else {
        panic!("{candidates:?}");
    };
    assert_eq!(
        candidate.to_string(),
        format!(
            "{}: one 0.1.0, contract 1.0.0, rustc, {} bytes, sha256 {}",
            path.display(),
            bytes.len(),
            candidate.sha256
        )
    );
}

#[test]
fn a_file_that_is_swapped_after_the_check_does_not_change_what_is_loaded() {
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, &plugin("checked"));
    let trust = PluginTrust::default();
    let candidate = admit(folder.path(), &trust).unwrap().remove(0);
    // In place, as cp does it, and then by another file, as mv does it.
    write(&path, &plugin("swapped"));
    fs::remove_file(&path).unwrap();
    write(&path, &plugin("swapped"));
    let copies = PrivateCopies::create(&trust).unwrap();
    let copy = copies.write(&candidate).unwrap();
    assert_eq!(fs::read(&copy).unwrap(), plugin("checked"));
}

#[test]
fn copies_are_the_servers_own_under_names_that_never_come_again() {
    let folder = folder();
    write(&at(folder.path(), "token"), &plugin("token"));
    let trust = PluginTrust {
        cache_path: Some(folder.path().to_owned()),
        ..PluginTrust::default()
    };
    let candidate = admit(folder.path(), &trust).unwrap().remove(0);
    let copies = PrivateCopies::create(&trust).unwrap();
    let first = copies.write(&candidate).unwrap();
    PrivateCopies::discard(&first);
    let second = copies.write(&candidate).unwrap();
    assert_ne!(first, second);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let own = second.parent().unwrap();
    assert_eq!((mode(own), mode(&second)), (0o700, 0o400));
    assert_eq!(
        own.parent().unwrap(),
        fs::canonicalize(folder.path()).unwrap()
    );
    let name = second.file_name().unwrap().to_str().unwrap();
    let start = format!("token-{}-g", &candidate.sha256.to_string()[..16]);
    assert!(name.starts_with(&start), "{name}");
    copies.remove();
    assert!(!own.exists());
    copies.remove();
}

#[test]
fn with_a_list_only_what_is_listed_is_admitted() {
    let (folder, elsewhere) = (folder(), folder());
    let list = elsewhere.path().join("allow");
    let name = at(folder.path(), "a").file_name().unwrap().to_owned();
    write(
        &list,
        listed(name.to_str().unwrap(), &plugin("one")).as_bytes(),
    );
    let trust = PluginTrust {
        allow_list: Some(list),
        ..PluginTrust::default()
    };
    write(&at(folder.path(), "a"), &plugin("one"));
    assert_eq!(admit(folder.path(), &trust).unwrap().len(), 1);
    write(&at(folder.path(), "a"), &plugin("two"));
    let error = admit(folder.path(), &trust).unwrap_err();
    assert!(error.contains(": its sha256 is "), "{error}");
    write(&at(folder.path(), "a"), &plugin("one"));
    write(&at(folder.path(), "b"), b"of any kind");
    let error = admit(folder.path(), &trust).unwrap_err();
    let path = at(folder.path(), "b");
    assert!(
        error.starts_with(&format!("plugin {}: not listed in ", path.display())),
        "{error}"
    );
}

#[test]
fn with_a_key_every_library_must_be_signed() {
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, &plugin("one"));
    let key = "RWQLBrNBsumQXiim5kyC3A24iFRx8bBuRcH99UqH/42QUZc3wrGhDbVe";
    let trust = PluginTrust {
        public_key: Some(key.parse().unwrap()),
        ..PluginTrust::default()
    };
    let (file, signature) = (path.display(), format!("{}.minisig", path.display()));
    assert_eq!(
        admit(folder.path(), &trust).unwrap_err(),
        format!(
            "plugin {file}: its signature {signature} is not read: No such file or directory (os \
             error 2): expected one by --plugins-public-key: make it with minisign -S -m {file}"
        )
    );
    write(Path::new(&signature), b"none");
    assert_eq!(
        admit(folder.path(), &trust).unwrap_err(),
        format!(
            "plugin {file}: {signature} is no signature: expected what minisign -S writes: make \
             it again"
        )
    );
    set_mode(Path::new(&signature), 0o666);
    let error = admit(folder.path(), &trust).unwrap_err();
    assert!(error.contains("is not read: mode 0666"), "{error}");
}

#[test]
fn a_signed_file_passes_the_key() {
    // Of the tests of signatures; no library, so it fails later.
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, crate::plugins::trust::signature::tests::SIGNED);
    write(
        &crate::plugins::trust::signature::path_of(&path),
        crate::plugins::trust::signature::tests::SIGNATURE.as_bytes(),
    );
    let trust = PluginTrust {
        public_key: Some(
            crate::plugins::trust::signature::tests::KEY
                .parse()
                .unwrap(),
        ),
        ..PluginTrust::default()
    };
    let error = admit(folder.path(), &trust).unwrap_err();
    assert!(error.contains("begins with \"what was signed"), "{error}");
}
