//! Two consecutive builds, as in a host: through the types of the boundary.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is missing"
)]

use std::path::Path;

use plugin_api::{
    TokenType,
    testing::{TestHost, TestPlugin},
};

fn host(key_file: &Path) -> TestHost {
    TestHost::new().with_setting("token_key_file", key_file.to_str().unwrap())
}

fn open(host: &TestHost) -> TestPlugin {
    TestPlugin::open(host, token_plugin::open).unwrap()
}

fn generates(plugin: &TestPlugin) -> bool {
    let authorizer = plugin.token_authorizer();
    authorizer.generate_key_file(TokenType::TOKEN).is_ok()
}

#[test]
fn a_plugin_hands_over_retires_and_leaves_the_files_to_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key_file.json");
    let host = host(&key_file);
    let old = open(&host);
    assert!(!old.took_over());
    assert!(generates(&old));

    let new = open(&host.with_state(old.hand_over().unwrap()));
    assert!(new.took_over());
    old.retire();
    assert!(key_file.exists());
    assert!(generates(&new));

    new.shutdown();
    assert!(!key_file.exists());
}

#[test]
fn a_plugin_without_the_state_makes_keys_when_the_previous_one_is_shut_down() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key_file.json");
    let host = host(&key_file);
    let old = open(&host);
    assert!(generates(&old));

    let new = open(&host);
    assert!(!new.took_over());
    assert!(!generates(&new));
    old.shutdown();
    assert!(generates(&new));
    drop(old);
    assert!(key_file.exists());
    drop(new);
    assert!(!key_file.exists());
}
