//! Libraries that are not plugins, or not valid ones.

use integration_tests::{Host, PluginFolder};

use super::{FILE, assert_refused, assert_refused_by, built, c_library};

/// The name of the entry symbol, by which abi_stable finds a module.
const ENTRY: &str = "_1as_0lib_1header_0root_bmodule_bloader";

/// A library in C with an entry symbol of garbage and this manifest.
fn with_manifest(manifest: &str, more: &str) -> PluginFolder {
    let manifest = manifest.replace('"', "\\\"");
    let source = format!(
        "const char {ENTRY}[256] = \"garbage\";\n\
         __attribute__((used, section(\".plugin_manifest\"))) const char manifest[] = \
         \"MODEL-SERVER-PLUGIN 1\\n{manifest}\";\n{more}\n"
    );
    PluginFolder::new().with_file(FILE, &c_library(&source))
}

pub(super) fn manifest(name: &str, contract: &str) -> String {
    format!(
        r#"{{"name":"{name}","version":"1.0.0","contract":"{contract}","compiler":"cc","endpoints":[]}}"#
    )
}

pub(super) fn library_named(name: &str) -> Vec<u8> {
    let plugins = with_manifest(&manifest(name, "1.0.0"), "");
    std::fs::read(plugins.path().join(FILE)).expect("the library")
}

#[test]
fn no_entry_symbol() {
    assert_refused(
        built("fixture-not-a-plugin"),
        "not a plugin: the entry symbol is missing: export it with plugin_api::export_plugin!",
    );
}

/// The entry symbol alone is not enough.
#[test]
fn no_manifest() {
    let source = format!("const char {ENTRY}[256] = \"garbage\";\n");
    assert_refused(
        PluginFolder::new().with_file(FILE, &c_library(&source)),
        "not a plugin: the manifest is missing: export it with plugin_api::export_plugin!",
    );
}

#[test]
fn a_broken_manifest() {
    assert_refused(
        with_manifest("{\"name\":", ""),
        "its manifest cannot be read: EOF while parsing a value at line 1 column 8: build it again with endpoint-plugin-api \
         1.2.0",
    );
}

/// Found before any of its code runs.
#[test]
fn another_contract() {
    assert_refused(
        with_manifest(&manifest("x", "2.0.0"), ""),
        "built for contract 2.0.0, this host has contract 1.2.0: rebuild it with endpoint-plugin-api 1.2.0",
    );
}

/// With the dynamic linker's message and the file's own name.
#[test]
fn an_undefined_symbol() {
    let plugins = with_manifest(
        &manifest("x", "1.0.0"),
        "extern int nosuch; int *needed = &nosuch;",
    );
    let path = plugins.path().join(FILE).display().to_string();
    assert_refused(
        plugins,
        &format!("cannot be loaded: dlopen failed: {path}: undefined symbol: nosuch"),
    );
}

/// The entry symbol points to something else.
#[test]
fn a_garbage_abi_header() {
    assert_refused(
        with_manifest(&manifest("x", "1.0.0"), ""),
        "its ABI header does not match: abi_stable 0.0: rebuild it with endpoint-plugin-api 1.2.0",
    );
}

#[test]
fn an_error_in_open() {
    assert_refused(
        built("fixture-panics"),
        "fixture-panics cannot be opened: fixture_management_key: expected at least 20 characters",
    );
}

#[test]
fn a_panic_in_open() {
    let host = Host::builder().property("fixture_panic_in", "open");
    let refusal = host.plugins(built("fixture-panics")).refused();
    let errors = refusal.log.lines_of_level("ERROR");
    let last = errors.last().expect("an error");
    assert!(
        last.ends_with(
            "libx.so: fixture-panics cannot be opened: the plugin panicked: fixture panics in open"
        ),
        "{refusal}"
    );
}

#[test]
fn an_invalid_setting() {
    let host = Host::builder().property("fixture_panic_in", "nowhere");
    let line = host.plugins(built("fixture-panics")).refused().line();
    assert!(
        line.contains("libx.so: fixture-panics cannot be opened: config.properties:"),
        "{line}"
    );
    assert!(line.contains("fixture_panic_in"), "{line}");
}

#[test]
fn an_endpoint_of_type_none() {
    assert_refused_by(
        Host::builder(),
        built("fixture-none"),
        "endpoint \"unserved\" is of type NONE and would not be served: expected INFERENCE, MANAGEMENT or METRIC",
    );
}

#[test]
fn an_empty_url_pattern() {
    assert_refused(
        built("fixture-empty-pattern"),
        "an endpoint has an empty url pattern: expected the first segment of a path",
    );
}

/// An incomplete token plugin never leaves the server open.
#[test]
fn an_endpoint_token_without_an_authorizer() {
    assert_refused(
        built("fixture-half-token"),
        "endpoint \"token\" of type MANAGEMENT has no token authorizer: register one with \
         generate_key_file, check_token_authorization and set_time",
    );
}

#[test]
fn an_authorizer_without_an_endpoint_token() {
    assert_refused(
        built("fixture-no-endpoint"),
        "a token authorizer has no endpoint: register an endpoint \"token\" of type MANAGEMENT, or let \
         makes_keys return false",
    );
}

#[test]
fn an_endpoint_that_the_manifest_does_not_list() {
    assert_refused(
        built("fixture-undeclared"),
        "registers the endpoints [undeclared], its manifest says []: list in export_plugin! what the plugin \
         registers",
    );
}
