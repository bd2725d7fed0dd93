//! Plugins that cannot be in one folder together.

use integration_tests::{Artifacts, Host, PluginFolder};

use super::{assert_line, contents::library_named};

#[track_caller]
fn assert_set_refused(plugins: PluginFolder, files: [&str; 2], expected: &str) {
    let [first, second] = files.map(|file| plugins.path().join(file).display().to_string());
    let expected = expected.replace("FIRST", &first).replace("SECOND", &second);
    assert_line(Host::builder(), plugins, &expected);
}

#[test]
fn two_token_plugins() {
    assert_set_refused(
        PluginFolder::new()
            .with("token-plugin")
            .with("fixture-panics"),
        ["libfixture_panics.so", "libtoken_plugin.so"],
        "Multiple plugins found for endpoint \"token\": FIRST and SECOND",
    );
}

#[test]
fn two_plugins_for_one_endpoint() {
    assert_set_refused(
        PluginFolder::new()
            .with("fixture-echo")
            .with("fixture-duplicate"),
        ["libfixture_duplicate.so", "libfixture_echo.so"],
        "Multiple plugins found for endpoint \"echo\": FIRST and SECOND",
    );
}

#[test]
fn the_same_plugin_twice() {
    let artifacts = Artifacts::of_the_tests();
    assert_set_refused(
        PluginFolder::new().with("token-plugin").with_named(
            artifacts,
            "token-plugin",
            "libcopy.so",
        ),
        ["libcopy.so", "libtoken_plugin.so"],
        "Multiple plugins found for endpoint \"token\": FIRST and SECOND",
    );
}

/// Found before any of their code is loaded, which would be rejected for other reasons.
#[test]
fn two_plugins_of_one_name() {
    let library = library_named("twin");
    assert_set_refused(
        PluginFolder::new()
            .with_file("liba.so", &library)
            .with_file("libb.so", &library),
        ["liba.so", "libb.so"],
        "plugin twin is in two files: FIRST and SECOND: keep one of them",
    );
}
