//! The check of a request allocates nothing, neither in the host nor in the plugin.

use std::{
    env::{self, consts},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    allocations::allocations_in,
    check::{ManagementCheck, request},
};

const CHECKS: u32 = 10_000;

#[test]
fn a_check_allocates_nothing_and_the_allocations_of_a_rotation_are_counted() {
    let (plugins, work) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let library = token_plugin();
    fs::copy(&library, plugins.path().join(library.file_name().unwrap())).unwrap();
    let mut check = ManagementCheck::open(plugins.path(), work.path()).unwrap();

    let mut allowed = 0;
    let in_checks = allocations_in(|| allowed = (0..CHECKS).filter(|_| check.allows()).count());
    assert_eq!(allowed, CHECKS as usize);

    // Here the plugin allocates and the host does not, so the plugin's allocations are counted.
    let in_rotation = allocations_in(|| check.replace_keys().unwrap());
    let in_refusals = allocations_in(|| allowed = (0..CHECKS).filter(|_| check.allows()).count());
    assert_eq!(allowed, 0, "the old key is refused");

    check.request = request(&work.path().join("key_file.json")).unwrap();
    assert!(check.allows());

    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        assert_eq!(in_checks, Some(0));
        assert_eq!(in_refusals, Some(0));
        assert!(in_rotation > Some(0), "{in_rotation:?}");
    } else {
        assert_eq!((in_checks, in_refusals, in_rotation), (None, None, None));
    }
}

#[test]
fn a_new_box_is_counted() {
    let boxes = allocations_in(|| drop(std::hint::black_box(Box::new([0_u8; 64]))));
    let expected = cfg!(all(target_os = "linux", target_env = "gnu")).then_some(1);
    assert_eq!(boxes, expected);
}

/// The library, built with the profile of the tests.
fn token_plugin() -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--package=token-plugin", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = String::from_utf8(output.stdout).unwrap();
    let artifacts = messages
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|message| message["target"]["name"] == "token_plugin");
    let files = artifacts.flat_map(|artifact| artifact["filenames"].as_array().cloned());
    let mut paths = files
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from));
    paths
        .find(|path| Path::extension(path).is_some_and(|ending| ending == consts::DLL_EXTENSION))
        .unwrap()
}
