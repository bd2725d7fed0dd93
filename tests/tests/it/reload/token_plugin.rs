//! The token plugin is replaced by a new build, replaced by another plugin, or removed.

use std::fs;

use integration_tests::{Host, PluginFolder, eventually, get, write_file};

use super::{ECHO, TOKEN_PLUGIN, assert_reload, hang_up, host, never_open, post_reload};
use crate::expect::{is_denied, opens_inference, opens_management, rotate};

const SECRET_TOKEN: &str = "libsecret_token.so";
const MANAGEMENT: &str = "secret-management-key-0123456789";
const INFERENCE: &str = "secret-inference-key-0123456789";
const NEW_KEYS: &str = "the new token plugin did not take over the keys: it starts with new ones";

/// The new build writes the key file, and deletes it at the end.
#[test]
fn keys_survive_a_new_build() {
    let mut host = host().start();
    let keys = host.keys();
    let file = fs::read(host.key_file()).expect("the key file");

    never_open(&host, || {
        host.plugins().install_build("token-plugin", 1);
        assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "took over")]);
        assert_eq!(fs::read(host.key_file()).expect("the key file"), file);
        assert!(opens_management(&host, &keys.management.key));
        assert!(opens_inference(&host, &keys.inference.key));

        rotate(&host, "inference");
        let new = host.keys();
        assert!(opens_inference(&host, &new.inference.key));
        assert!(!opens_inference(&host, &keys.inference.key));
        assert_eq!((&new.management, &new.api), (&keys.management, &keys.api));

        // And once more, in the other way.
        host.plugins().install_build("token-plugin", 2);
        assert!(hang_up(&host).ends_with("generation 3 serves"));
        assert_eq!(host.keys(), new);
        assert!(opens_inference(&host, &new.inference.key));
    });

    assert!(host.log().lines_with(NEW_KEYS).is_empty());
    assert!(host.stop().success());
    let left: Vec<_> = fs::read_dir(host.folder())
        .expect("the folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    assert_eq!(left, ["config.properties"]);
}

/// The plugin's name is compared.
#[test]
fn keys_survive_another_file_name() {
    let host = host().start();
    let keys = host.keys();
    host.plugins().remove("token-plugin");
    let bytes = integration_tests::build_of("token-plugin", 1);
    host.plugins().install("libtoken_plugin-2.so", &bytes);

    assert_reload(
        &host,
        &[(ECHO, "unchanged"), ("libtoken_plugin-2.so", "took over")],
    );

    assert_eq!(host.keys(), keys);
    assert!(opens_inference(&host, &keys.inference.key));
}

/// With a WARN; the old keys are invalid.
#[test]
fn a_state_that_is_refused_leads_to_new_keys() {
    let mut host = host().start();
    let old = host.keys();
    never_open(&host, || {
        // The state is bound to the content of the lock file.
        write_file(&host.folder().join("key_file.json.lock"), b"another's");
        host.plugins().install_build("token-plugin", 1);
        assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "replaced")]);

        let warnings = host.log().wait_for_lines_with(NEW_KEYS, 1);
        assert!(warnings[0].contains("[WARN ]"), "{warnings:?}");
        let new = host.keys();
        assert!(!opens_management(&host, &old.management.key));
        assert!(!opens_inference(&host, &old.inference.key));
        assert!(opens_management(&host, &new.management.key));
        assert!(opens_inference(&host, &new.inference.key));
        rotate(&host, "inference");
        host.plugins().install_build("token-plugin", 2);
        assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "took over")]);
    });
    assert!(host.stop().success());
    assert!(!host.key_file().exists());
}

/// The new build refused the state and generated no keys; the log says so.
#[test]
fn without_any_keys_everything_is_denied_until_a_reload_succeeds() {
    let host = host().start();
    let old = host.keys();
    let lock = host.folder().join("key_file.json.lock");
    fs::remove_file(&lock).expect("the lock file");
    fs::create_dir(&lock).expect("a folder at the path of the lock");

    never_open(&host, || {
        host.plugins().install_build("token-plugin", 1);
        let line = hang_up(&host);
        assert!(line.contains("[ERROR]"), "{line}");
        assert!(
            line.contains("every request is denied until a reload succeeds"),
            "{line}"
        );
        assert!(!opens_inference(&host, &old.inference.key));

        fs::remove_dir(&lock).expect("the folder");
        // The same bytes as before are loaded again.
        host.plugins().install_build("token-plugin", 0);
        assert!(hang_up(&host).ends_with("generation 2 serves"));
        assert!(opens_inference(&host, &host.keys().inference.key));
        assert!(!opens_inference(&host, &old.inference.key));
    });
}

/// The old token plugin stays, and the log says so.
#[test]
fn a_removed_file_does_not_open_the_server() {
    let host = host().start();
    let keys = host.keys();
    never_open(&host, || {
        host.plugins().remove("token-plugin");
        let line = hang_up(&host);
        assert!(line.contains("[ERROR]"), "{line}");
        assert!(line.contains("libtoken_plugin.so was removed"), "{line}");
        assert!(line.contains("--allow-open-reload"), "{line}");
        assert_eq!(post_reload(&host).status, 409);
        assert!(opens_management(&host, &keys.management.key));
        rotate(&host, "inference");

        host.plugins().install_build("token-plugin", 0);
        assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "unchanged")]);
    });
}

/// With a WARN; once a token plugin is installed again, keys are required.
#[test]
fn allow_open_reload_opens_the_server() {
    let host = host().argument("--allow-open-reload").start();
    assert!(is_denied(&host.inference(&get("/ping"))));

    host.plugins().remove("token-plugin");
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "removed")]);

    assert_eq!(host.inference(&get("/ping")).status, 200);
    let warning = "the token plugin was removed: requests need no key any more";
    let _ = host.log().wait_for_lines_with(warning, 1);
    eventually("the key file is deleted", || {
        (!host.key_file().exists()).then_some(())
    });

    host.plugins().install_build("token-plugin", 0);
    assert!(hang_up(&host).ends_with("generation 3 serves"));
    assert!(is_denied(&host.inference(&get("/ping"))));
    assert!(opens_inference(&host, &host.keys().inference.key));
}

#[test]
fn require_token_auth_overrides_allow_open_reload() {
    let host = host()
        .argument("--allow-open-reload")
        .argument("--require-token-auth")
        .start();
    never_open(&host, || {
        host.plugins().remove("token-plugin");
        assert_eq!(post_reload(&host).status, 409);
    });
}

/// The old keys are invalid once the response to the reload is sent.
#[test]
fn another_token_plugin_generates_its_own_keys() {
    let secret = tempfile::tempdir().expect("a temporary folder");
    for (name, key) in [
        ("management", MANAGEMENT),
        ("inference", INFERENCE),
        ("api", "secret-api-key-0123456789"),
    ] {
        write_file(&secret.path().join(name), key.as_bytes());
    }
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("secret_token_path", &secret.path().display().to_string())
        .start();
    let old = host.keys();

    never_open(&host, || {
        host.plugins().remove("token-plugin");
        host.plugins().install_build("secret-token", 0);
        assert_reload(&host, &[(SECRET_TOKEN, "added"), (TOKEN_PLUGIN, "removed")]);

        assert!(!opens_management(&host, &old.management.key));
        assert!(!opens_inference(&host, &old.inference.key));
        assert!(opens_management(&host, MANAGEMENT));
        assert!(opens_inference(&host, INFERENCE));
        let warnings = host.log().wait_for_lines_with(NEW_KEYS, 1);
        assert!(warnings[0].contains("[WARN ]"), "{warnings:?}");
        eventually("the key file is deleted", || {
            (!host.key_file().exists()).then_some(())
        });

        host.plugins().remove("secret-token");
        host.plugins().install_build("token-plugin", 0);
        let request = integration_tests::post("/plugins/reload").key(MANAGEMENT);
        assert_eq!(host.management(&request).status, 200);

        assert!(!opens_management(&host, MANAGEMENT));
        assert!(!opens_inference(&host, INFERENCE));
        let new = host.keys();
        assert!(opens_management(&host, &new.management.key));
        assert!(opens_inference(&host, &new.inference.key));
        assert!(!opens_inference(&host, &old.inference.key));
        let _ = host.log().wait_for_lines_with(NEW_KEYS, 2);
    });
}

#[test]
fn the_end_deletes_the_key_file_of_a_replaced_token_plugin() {
    let mut host = host().argument("--allow-open-reload").start();
    let slow = get("/responses?sleep_ms=3000").key(&host.keys().inference.key);
    let mut connection = host.connect(integration_tests::Listener::Inference);
    connection.send(&slow.to_bytes());
    host.plugins().remove("token-plugin");
    assert_reload(&host, &[(ECHO, "unchanged"), (TOKEN_PLUGIN, "removed")]);

    assert!(host.stop().success());

    assert!(!host.key_file().exists(), "{}", host.log().text());
}

/// Nobody would learn the keys in force.
#[test]
fn a_key_file_that_the_replaced_plugin_deletes_is_a_warning() {
    let host = Host::builder()
        .property("fixture_way", "delete")
        .plugins(PluginFolder::new().with("fixture-misbehaves"))
        .start();
    host.plugins().remove("fixture-misbehaves");
    host.plugins().install_build("token-plugin", 0);
    let line = hang_up(&host);
    assert!(line.ends_with("generation 2 serves"), "{line}");
    let warning = host
        .log()
        .wait_for_lines_with("key_file.json is gone", 1)
        .remove(0);
    assert!(warning.contains("[WARN ]"), "{warning}");
    assert!(warning.contains("libfixture_misbehaves.so"), "{warning}");
}
