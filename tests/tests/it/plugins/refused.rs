//! Every refused library has its one line: file, reason.

use std::fs;

use integration_tests::{Artifacts, Host, PluginFolder, get};

/// The line with which a folder is refused.
fn line(plugins: PluginFolder) -> String {
    Host::builder().plugins(plugins).refused().line()
}

#[track_caller]
fn assert_refused(package: &str, file: &str, reason: &str) {
    let line = line(PluginFolder::new().with(package));
    assert!(line.contains(file), "{line}");
    assert!(line.to_lowercase().contains(reason), "{line}");
}

/// Text with the ending of a library.
#[test]
fn a_text_file_is_refused() {
    let line = line(PluginFolder::new().with_file("libtext.so", b"int main() {}"));
    assert!(line.contains("libtext.so"), "{line}");
}

/// A file of no bytes.
#[test]
fn an_empty_file_is_refused() {
    let line = line(PluginFolder::new().with_file("libempty.so", b""));
    assert!(line.contains("libempty.so"), "{line}");
}

/// A library cut off in the middle, as by a copy that broke off.
#[test]
fn a_truncated_library_is_refused() {
    let whole = fs::read(Artifacts::of_the_tests().library("token-plugin")).expect("the library");
    for length in [64, 4_096, whole.len() / 2, whole.len() - 1] {
        let plugins = PluginFolder::new().with_file("libcut.so", &whole[..length]);
        let line = line(plugins);
        assert!(line.contains("libcut.so"), "{length}: {line}");
    }
}

/// A shared library that is no plugin.
#[test]
fn a_library_that_is_no_plugin_is_refused() {
    assert_refused(
        "fixture-not-a-plugin",
        "libfixture_not_a_plugin.so",
        "plugin",
    );
}

/// Its constructor never runs: what a library is, is read from its file before any of its code is loaded.
#[test]
fn no_code_of_a_library_that_is_no_plugin_ever_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("the constructor ran");
    let variable = trace.display().to_string();
    let refusal = Host::builder()
        .plugins(PluginFolder::new().with("fixture-not-a-plugin"))
        .variable("FIXTURE_CONSTRUCTOR_FILE", &variable)
        .refused();

    assert!(!trace.exists(), "{refusal}");
    // The constructor does run where somebody loads the library, so that the line above says something.
    let library = Artifacts::of_the_tests().library("fixture-not-a-plugin");
    let loaded = std::process::Command::new("true")
        .env("LD_PRELOAD", library)
        .env("FIXTURE_CONSTRUCTOR_FILE", &trace)
        .status();
    assert!(loaded.expect("`true` runs").success());
    assert!(trace.exists());
}

/// An endpoint `token` without an authorizer: never open by half a token plugin.
#[test]
fn an_endpoint_token_without_an_authorizer_is_refused() {
    assert_refused(
        "fixture-half-token",
        "libfixture_half_token.so",
        "authorizer",
    );
}

/// An authorizer without an endpoint `token`.
#[test]
fn an_authorizer_without_an_endpoint_token_is_refused() {
    assert_refused("fixture-no-endpoint", "libfixture_no_endpoint.so", "token");
}

/// An endpoint of type NONE.
#[test]
fn an_endpoint_of_type_none_is_refused() {
    assert_refused("fixture-none", "libfixture_none.so", "none");
}

/// An endpoint with an empty url pattern.
#[test]
fn an_empty_url_pattern_is_refused() {
    assert_refused(
        "fixture-empty-pattern",
        "libfixture_empty_pattern.so",
        "pattern",
    );
}

/// An endpoint that the manifest does not list.
#[test]
fn an_endpoint_that_the_manifest_does_not_list_is_refused() {
    assert_refused("fixture-undeclared", "libfixture_undeclared.so", "manifest");
}

/// Two token plugins: one endpoint, two files.
#[test]
fn two_token_plugins_are_refused() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-panics");
    let line = super::fixed_keys().plugins(plugins).refused().line();

    assert!(
        line.contains("Multiple plugins found for endpoint \"token\""),
        "{line}"
    );
    assert!(line.contains("libtoken_plugin"), "{line}");
    assert!(line.contains("libfixture_panics"), "{line}");
}

/// The same plugin under two names is two plugins.
#[test]
fn the_same_plugin_twice_is_refused() {
    let plugins = PluginFolder::new().with("token-plugin").with_named(
        Artifacts::of_the_tests(),
        "token-plugin",
        "libcopy.so",
    );
    let line = line(plugins);

    assert!(line.contains("libtoken_plugin.so"), "{line}");
    assert!(line.contains("libcopy.so"), "{line}");
}

/// What has another ending, and what lies in a folder below, is not looked at.
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

/// Libraries are loaded in name order, one INFO line for each endpoint.
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
        "answers",
        "token",
    ];
    assert_eq!(endpoints, expected, "{lines:#?}");
}
