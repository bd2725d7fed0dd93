//! Every rejected library is reported in one line: file, what was found, what is expected. Each
//! host is a separate process.

use std::{fs, path::Path};

use integration_tests::{Artifacts, Host, HostBuilder, PluginFolder, get};

mod contents;
mod files;
mod rules;
mod sets;

/// The file that a test adds.
const FILE: &str = "libx.so";

/// Refused with exactly this line after the file's path.
#[track_caller]
fn assert_refused(plugins: PluginFolder, reason: &str) {
    assert_refused_by(Host::builder(), plugins, reason);
}

#[track_caller]
fn assert_refused_by(host: HostBuilder, plugins: PluginFolder, reason: &str) {
    let path = plugins.path().join(FILE).display().to_string();
    assert_line(host, plugins, &format!("plugin {path}: {reason}"));
}

/// Refused with exactly this line.
#[track_caller]
fn assert_line(host: HostBuilder, plugins: PluginFolder, expected: &str) {
    let refusal = host.plugins(plugins).refused();
    let line = refusal.line();
    assert!(
        line.ends_with(&format!(" - {expected}")),
        "{line}\nexpected {expected}"
    );
    assert!(
        !refusal.folder().join("key_file.json").exists(),
        "{refusal}"
    );
}

/// The library of a package, under the test's name.
fn built(package: &str) -> PluginFolder {
    PluginFolder::new().with_named(Artifacts::of_the_tests(), package, FILE)
}

/// A library of C code.
pub(super) fn c_library(source: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, library) = (folder.path().join("x.c"), folder.path().join("x.so"));
    integration_tests::write_file(&code, source.as_bytes());
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([library.as_path(), code.as_path()])
        .status();
    assert!(compiled.expect("a C compiler").success());
    fs::read(&library).expect("the library")
}

fn make_link(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link).expect("a link");
}

/// Files are inspected before any of their code is loaded; the constructor never runs.
#[test]
fn no_code_of_a_library_that_is_not_a_plugin_ever_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("the constructor ran");
    let variable = trace.display().to_string();
    let refusal = Host::builder()
        .plugins(PluginFolder::new().with("fixture-not-a-plugin"))
        .variable("FIXTURE_CONSTRUCTOR_FILE", &variable)
        .refused();

    assert!(!trace.exists(), "{refusal}");
    // The constructor does run when the library is loaded, or the line above would prove nothing.
    let library = Artifacts::of_the_tests().library("fixture-not-a-plugin");
    let loaded = std::process::Command::new("true")
        .env("LD_PRELOAD", library)
        .env("FIXTURE_CONSTRUCTOR_FILE", &trace)
        .status();
    assert!(loaded.expect("`true` runs").success());
    assert!(trace.exists());
}

/// Other file endings, and files in subfolders.
#[test]
fn other_files_are_left_alone() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with_file("README.md", b"drop plugins here")
        .with_file("libold.so.bak", b"no library");
    let below = plugins.path().join("below");
    fs::create_dir(&below).expect("a folder");
    integration_tests::write_file(&below.join("libbroken.so"), b"no library");

    let host = Host::builder().plugins(plugins).start();

    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
}

/// With one INFO line for each endpoint.
#[test]
fn libraries_are_loaded_in_name_order() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo")
        .with("execution-parameters");
    let host = Host::builder().plugins(plugins).start();

    let lines = host.log().lines_with("Loading plugin for endpoint ");
    let endpoints: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split("endpoint ").nth(1))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    let expected = [
        "execution-parameters",
        "echo",
        "echo-management",
        "echo-metrics",
        "responses",
        "token",
    ];
    assert_eq!(endpoints, expected, "{lines:#?}");
}
