use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Gate, TrustedFile};
use crate::{
    config::PluginTrust,
    plugins::{
        test_support::{folder, listed, set_mode, write},
        trust::signature::{
            path_of,
            tests::{KEY, SIGNATURE, SIGNED},
        },
    },
};

/// The content of every library of a folder, if all are trusted.
fn read_all(folder: &Path, trust: &PluginTrust) -> Result<Vec<TrustedFile>, String> {
    let gate = Gate::open(folder, trust).unwrap();
    let libraries = gate.libraries().unwrap().into_iter();
    libraries
        .map(|path| gate.read(&path).map_err(|error| error.to_string()))
        .collect()
}

fn at(folder: &Path, name: &str) -> PathBuf {
    let name = Path::new(name).with_extension(std::env::consts::DLL_EXTENSION);
    fs::canonicalize(folder).unwrap().join(name)
}

#[test]
fn with_a_list_only_listed_files_are_trusted() {
    let (folder, elsewhere) = (folder(), folder());
    let list = elsewhere.path().join("allow");
    let name = at(folder.path(), "a").file_name().unwrap().to_owned();
    write(&list, listed(name.to_str().unwrap(), b"one").as_bytes());
    let trust = PluginTrust {
        allow_list: Some(list),
        ..PluginTrust::default()
    };
    write(&at(folder.path(), "a"), b"one");
    assert_eq!(read_all(folder.path(), &trust).unwrap().len(), 1);
    write(&at(folder.path(), "a"), b"two");
    let error = read_all(folder.path(), &trust).unwrap_err();
    assert!(error.starts_with("its sha256 is "), "{error}");
    write(&at(folder.path(), "a"), b"one");
    write(&at(folder.path(), "b"), b"of any kind");
    let error = read_all(folder.path(), &trust).unwrap_err();
    assert!(error.starts_with("not listed in "), "{error}");
}

#[test]
fn with_a_key_every_library_must_be_signed() {
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, b"one");
    let trust = PluginTrust {
        public_key: Some(KEY.parse().unwrap()),
        ..PluginTrust::default()
    };
    let (file, signature) = (path.display(), format!("{}.minisig", path.display()));
    assert_eq!(
        read_all(folder.path(), &trust).unwrap_err(),
        format!(
            "its signature {signature} cannot be read: No such file or directory (os error 2): \
             expected one made with the key of --plugins-public-key: make it with minisign -S -m {file}"
        )
    );
    write(Path::new(&signature), b"none");
    assert_eq!(
        read_all(folder.path(), &trust).unwrap_err(),
        format!(
            "{signature} is not a signature: expected the output of minisign -S: sign the file again"
        )
    );
    set_mode(Path::new(&signature), 0o666);
    let error = read_all(folder.path(), &trust).unwrap_err();
    assert!(error.contains("cannot be read: mode 0666"), "{error}");
}

#[test]
fn a_signed_file_passes_the_key() {
    let folder = folder();
    let path = at(folder.path(), "a");
    write(&path, SIGNED);
    write(&path_of(&path), SIGNATURE.as_bytes());
    let trust = PluginTrust {
        public_key: Some(KEY.parse().unwrap()),
        ..PluginTrust::default()
    };
    let files = read_all(folder.path(), &trust).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].bytes, SIGNED);
}

#[test]
fn an_unusable_path_is_named_as_it_was_given() {
    let (folder, elsewhere) = (folder(), folder());
    let file = elsewhere.path().join("file");
    write(&file, b"no list and no key\n");
    let refused = |folder: &Path, trust: &PluginTrust| {
        let error = Gate::open(folder, trust).unwrap_err().to_string();
        error.split_once(": ").unwrap().0.to_owned()
    };
    assert_eq!(
        refused(Path::new("nowhere"), &PluginTrust::default()),
        "plugins path nowhere"
    );
    let with_list = PluginTrust {
        allow_list: Some(file.clone()),
        ..PluginTrust::default()
    };
    assert_eq!(
        refused(folder.path(), &with_list),
        format!("allow list {}", file.display())
    );
    let with_key = PluginTrust {
        public_key: Some(file.to_str().unwrap().parse().unwrap()),
        ..PluginTrust::default()
    };
    assert_eq!(
        refused(folder.path(), &with_key),
        format!("public key {}", file.display())
    );
}
