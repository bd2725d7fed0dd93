//! When requests are checked: plugins folder, flags, and the sources of settings.

use std::{fs, os::unix::fs::PermissionsExt as _, thread};

use integration_tests::{
    Connection, Host, HostBuilder, PluginFolder, eventually, free_address, get,
    start_at_free_address,
};

use crate::expect::{is_denied, opens_management};

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

fn is_open(host: &Host) -> bool {
    !is_denied(&host.management(&get("/models"))) && !is_denied(&host.inference(&get("/ping")))
}

/// With TorchServe's log message and a key file.
#[test]
fn a_token_plugin_in_plugins_path_requires_keys() {
    let host = token_plugin().start();

    let loaded = host.log().lines_with("Loading plugin for endpoint token");
    assert_eq!(loaded.len(), 1, "{}", host.log().text());
    assert!(loaded[0].contains("[INFO ]"), "{}", loaded[0]);
    assert!(is_denied(&host.management(&get("/models"))));
    assert!(is_denied(&host.inference(&get("/ping"))));
    assert!(opens_management(&host, &host.keys().management.key));
}

#[test]
fn plugins_path_in_the_file_requires_keys() {
    let host = token_plugin().plugins_in_the_file().start();

    assert!(!is_open(&host));
    assert!(opens_management(&host, &host.keys().management.key));
}

/// As the order of the log lines shows.
#[test]
fn keys_are_written_before_the_first_listener_accepts() {
    let host = token_plugin().start();

    let lines = host.log().lines();
    let first = |text: &str| lines.iter().position(|line| line.contains(text));
    let keys_written = first("keys written to").expect("a line about the keys");
    let first_listener = first(" API listens on ").expect("a line about a listener");
    assert!(keys_written < first_listener, "{lines:#?}");
}

/// A script may wait for the port, and read the file then. The plugin takes half a second to write it.
#[test]
fn whoever_can_connect_finds_the_keys() {
    let address = free_address();
    let host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-misbehaves"))
        .property("fixture_way", "slow_file")
        .property("inference_address", &format!("http://{address}"))
        .starting();

    eventually("the host listens", || {
        Connection::try_open(address).is_ok().then_some(())
    });

    assert!(host.folder().join("keys").exists(), "{host}");
}

/// The token plugin cannot write its key file.
#[test]
fn without_keys_no_listener_accepts() {
    let refusal = token_plugin()
        .property("token_key_file", "no/such/folder/key_file.json")
        .refused();

    assert!(refusal.log.lines_with("listens on").is_empty(), "{refusal}");
    assert!(refusal.line().contains("no/such/folder"), "{refusal}");
}

/// The WARN line says how to enable authorization.
#[test]
fn without_plugins_path_the_server_is_open_and_warns_once() {
    let host = Host::builder().start();

    assert!(is_open(&host));
    let warnings = host.log().lines_of_level("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("--plugins-path"), "{}", warnings[0]);
    assert!(!host.key_file().exists());
}

#[test]
fn a_missing_folder_aborts_startup() {
    let refusal = Host::builder()
        .argument("--plugins-path")
        .argument("/no/such/plugins")
        .refused();

    assert!(refusal.line().contains("/no/such/plugins"), "{refusal}");
}

#[test]
fn a_file_in_place_of_the_folder_aborts_startup() {
    let refusal = Host::builder()
        .argument("--plugins-path")
        .argument("config.properties")
        .refused();

    assert!(refusal.line().contains("config.properties"), "{refusal}");
}

#[test]
fn an_unreadable_folder_aborts_startup() {
    let plugins = PluginFolder::new().with("token-plugin");
    let path = plugins.path().display().to_string();
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(plugins.path(), closed).expect("the mode can be set");
    // Root can read every folder.
    let refusal = Host::builder().unprivileged().plugins(plugins).refused();

    assert!(refusal.line().contains(&path), "{refusal}");
}

#[test]
fn a_folder_without_a_token_plugin_is_open_and_warns_once() {
    let plugins = PluginFolder::new().with("execution-parameters");
    let path = plugins.path().display().to_string();
    let host = Host::builder().plugins(plugins).start();

    assert!(is_open(&host));
    let warnings = host.log().lines_of_level("WARN");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    let warning = &warnings[0];
    assert!(warning.contains("no token plugin is loaded"), "{warning}");
    assert!(warning.contains("requests need no key"), "{warning}");
    assert!(warning.contains(&path), "{warning}");
}

#[test]
fn with_require_token_auth_a_folder_without_a_token_plugin_aborts_startup() {
    let plugins = PluginFolder::new().with("execution-parameters");
    let refusal = Host::builder()
        .plugins(plugins)
        .argument("--require-token-auth")
        .refused();

    assert!(refusal.line().contains("token"), "{refusal}");
}

/// Also without a plugins folder.
#[test]
fn require_token_authorization_in_the_file_requires_a_token_plugin() {
    let refusal = Host::builder()
        .property("require_token_authorization", "true")
        .refused();

    assert!(refusal.line().contains("token"), "{refusal}");
}

#[test]
fn with_require_token_auth_a_server_with_a_token_plugin_starts() {
    let host = token_plugin().argument("--require-token-auth").start();

    assert!(!is_open(&host));
}

#[test]
fn a_library_that_cannot_be_loaded_aborts_startup() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with_file("libbroken.so", b"no library at all");
    let refusal = Host::builder().plugins(plugins).refused();

    assert!(refusal.line().contains("libbroken.so"), "{refusal}");
    assert!(!refusal.folder().join("key_file.json").exists());
}

#[test]
fn a_token_plugin_that_fails_to_open_never_leaves_the_server_open() {
    let plugins = PluginFolder::new().with("fixture-panics");
    let refusal = Host::builder()
        .plugins(plugins)
        .property("fixture_panic_in", "open")
        .refused();

    let last = refusal.log.lines().pop().expect("a line");
    assert!(last.contains("libfixture_panics.so"), "{refusal}");
    assert!(refusal.log.lines_with("listens on").is_empty(), "{refusal}");
}

/// With TorchServe's message and both file names.
#[test]
fn two_plugins_for_one_endpoint_abort_startup() {
    let plugins = PluginFolder::new()
        .with("fixture-echo")
        .with("fixture-duplicate");
    let line = Host::builder().plugins(plugins).refused().line();

    assert!(
        line.contains("Multiple plugins found for endpoint \"echo\""),
        "{line}"
    );
    assert!(line.contains("libfixture_echo"), "{line}");
    assert!(line.contains("libfixture_duplicate"), "{line}");
}

/// No keys are written.
#[test]
fn disable_token_auth_opens_the_server() {
    let host = token_plugin().argument("--disable-token-auth").start();

    assert!(is_open(&host));
    assert!(!host.key_file().exists());
}

#[test]
fn disable_token_authorization_in_the_file_opens_the_server() {
    let host = token_plugin()
        .property("disable_token_authorization", "true")
        .start();

    assert!(is_open(&host));
}

#[test]
fn the_environment_opens_the_server_where_the_file_allows_it() {
    let host = token_plugin()
        .property("enable_envvars_config", "true")
        .variable("TS_DISABLE_TOKEN_AUTHORIZATION", "true")
        .start();

    assert!(is_open(&host));
}

#[test]
fn the_environment_is_ignored_where_the_file_does_not_allow_it() {
    let host = token_plugin()
        .variable("TS_DISABLE_TOKEN_AUTHORIZATION", "true")
        .start();

    assert!(!is_open(&host));
}

#[test]
fn the_environment_overrides_the_command_line() {
    let host = token_plugin()
        .property("enable_envvars_config", "true")
        .variable("TS_DISABLE_TOKEN_AUTHORIZATION", "false")
        .argument("--disable-token-auth")
        .start();

    assert!(!is_open(&host));
}

#[test]
fn the_environment_overrides_the_file() {
    let host = token_plugin()
        .property("enable_envvars_config", "true")
        .property("disable_token_authorization", "true")
        .variable("TS_DISABLE_TOKEN_AUTHORIZATION", "false")
        .start();

    assert!(!is_open(&host));
}

/// The command line can only disable.
#[test]
fn the_command_line_overrides_the_file() {
    let host = token_plugin()
        .property("disable_token_authorization", "false")
        .argument("--disable-token-auth")
        .start();

    assert!(is_open(&host));
}

/// A client that connects from the first moment never finds an open server.
#[test]
fn no_request_is_allowed_while_the_server_starts() {
    let mut knocking = None;
    let host = start_at_free_address(|address| {
        knocking = Some(thread::spawn(move || {
            eventually("the port accepts connections", || {
                let mut connection = Connection::try_open(address).ok()?;
                connection.try_exchange(&get("/models")).ok()
            })
        }));
        token_plugin().property("management_address", &format!("http://{address}"))
    });

    let knocking = knocking.expect("a host was started");
    let first_response = knocking.join().expect("the knocking thread");
    assert!(is_denied(&first_response), "{first_response:?}");
    drop(host);
}
