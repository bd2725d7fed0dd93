//! Rules about dependencies and unsafe code, checked against the workspace itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use integration_tests::repository;
use serde_json::Value;

mod layers;

/// The only files in which `unsafe` may be used: where the contract crosses the boundary, where a
/// library is loaded, and where the measurement counts the allocations of both sides.
const MAY_BE_UNSAFE: [&str; 4] = [
    "bench/src/allocations/glibc.rs",
    "host-demo/src/plugins/loading/library.rs",
    "plugin-api/src/export.rs",
    "plugin-api/src/guard.rs",
];

/// Copies of released contracts, which stay as they were.
const FROZEN_CONTRACTS: &str = "tests/contracts";

/// A library that is not a plugin.
const FIXTURE_THAT_IS_NO_PLUGIN: &str = "tests/fixtures/not-a-plugin";

struct Package {
    folder: PathBuf,
    /// All dependencies except those of tests.
    dependencies: BTreeSet<String>,
    is_cdylib: bool,
}

/// The members of the workspace by name.
fn members() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1"])
        .current_dir(repository())
        .output()
        .expect("cargo starts");
    assert!(output.status.success());
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages.map(member).collect()
}

fn member(package: &Value) -> (String, Package) {
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    let targets = package["targets"].as_array().expect("targets");
    let is_cdylib = targets
        .iter()
        .filter_map(|target| target["kind"].as_array())
        .any(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
    let package_of = Package {
        folder: manifest.parent().expect("a folder").to_owned(),
        dependencies: dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| text(&dependency["name"]))
            .collect(),
        is_cdylib,
    };
    (text(&package["name"]), package_of)
}

/// The members on which a member depends, directly or indirectly.
fn reachable(members: &BTreeMap<String, Package>, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let of_the_workspace = members[&name]
            .dependencies
            .iter()
            .filter(|dependency| members.contains_key(*dependency));
        for dependency in of_the_workspace {
            if found.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    found
}

fn plugin_api() -> BTreeSet<String> {
    BTreeSet::from(["endpoint-plugin-api".to_owned()])
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            // Cargo's output; `target` is also the name of a module.
            if !path.join("CACHEDIR.TAG").exists() {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn holds_unsafe(text: &str) -> bool {
    let mut lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        // A list of Rust's keywords contains it, too.
        .map(|line| line.replace("\"unsafe\"", ""))
        .map(|line| {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            words.any(|word| word == "unsafe")
        });
    lines.any(|holds| holds)
}

/// Of the workspace it depends on the contract only, and on the part of it that is a crate of its own.
#[test]
fn the_host_depends_on_no_plugin() {
    let mut allowed = plugin_api();
    allowed.insert("host-sync".to_owned());
    assert_eq!(reachable(&members(), "host-demo"), allowed);
}

/// loom builds it, and could not build more of the host.
#[test]
fn host_sync_depends_on_nothing_of_the_workspace() {
    assert_eq!(reachable(&members(), "host-sync"), BTreeSet::new());
}

/// On `token-core` only if it checks keys.
#[test]
fn a_plugin_depends_on_the_contract_and_token_core_alone() {
    let members = members();
    let mut allowed = plugin_api();
    allowed.insert("token-core".to_owned());
    let mut plugins = 0;
    for (name, package) in &members {
        if package.is_cdylib && !package.folder.ends_with(FIXTURE_THAT_IS_NO_PLUGIN) {
            let reached = reachable(&members, name);
            assert!(reached.is_superset(&plugin_api()), "{name}: {reached:?}");
            assert!(reached.is_subset(&allowed), "{name}: {reached:?}");
            plugins += 1;
        }
    }
    assert!(plugins >= 5, "{plugins}");
}

/// Keys work the same for every host and every store.
#[test]
fn token_core_depends_on_nothing_of_the_workspace() {
    assert_eq!(reachable(&members(), "token-core"), BTreeSet::new());
}

#[test]
fn the_contract_depends_on_nothing_of_the_workspace() {
    assert_eq!(
        reachable(&members(), "endpoint-plugin-api"),
        BTreeSet::new()
    );
}

/// Authors of plugins need no crate of the ABI.
#[test]
fn only_the_contract_and_the_host_depend_on_the_abi_crate() {
    let with_abi: Vec<_> = members()
        .into_iter()
        .filter(|(_, package)| package.dependencies.contains("abi_stable"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(with_abi, ["endpoint-plugin-api", "host-demo"]);
}

#[test]
fn unsafe_code_is_in_the_boundary_alone() {
    let mut files = Vec::new();
    sources(repository(), &mut files);
    assert!(files.len() > 50, "{files:?}");
    let mut unsafe_files: Vec<_> = files
        .iter()
        .filter(|path| !path.starts_with(repository().join(FROZEN_CONTRACTS)))
        .filter(|path| !path.starts_with(repository().join(FIXTURE_THAT_IS_NO_PLUGIN)))
        // This file contains the word.
        .filter(|path| !path.ends_with(file!()))
        .filter(|path| holds_unsafe(&fs::read_to_string(path).expect("a source file")))
        .map(|path| path.strip_prefix(repository()).expect("of the repository"))
        .collect();
    unsafe_files.sort();

    let allowed: Vec<_> = MAY_BE_UNSAFE.iter().map(Path::new).collect();
    assert_eq!(unsafe_files, allowed);
}
