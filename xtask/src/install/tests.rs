use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
};

use tempfile::TempDir;

use super::install;

#[cfg(target_os = "linux")]
mod sealing;

#[test]
fn an_installed_library_replaces_the_old_one_without_changing_its_bytes() {
    let (built, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let library = built.path().join("libnew.so");
    File::create(&library).unwrap().write_all(b"new").unwrap();
    let target = folder.path().join("libnew.so");
    File::create(&target).unwrap().write_all(b"old").unwrap();
    let mut loaded = File::open(&target).unwrap();

    assert_eq!(install(&library, folder.path(), None).unwrap(), target);

    assert_eq!(fs::read(&target).unwrap(), b"new");
    let mut still_loaded = [0; 3];
    loaded.read_exact(&mut still_loaded).unwrap();
    assert_eq!(&still_loaded, b"old");
    let names = fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 1, "nothing else is left in the folder");
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let error = install("/no/libx.so".as_ref(), "/no/folder".as_ref(), None).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("installing /no/libx.so as /no/folder/libx.so: "),
        "{text}"
    );
}
