//! One build after the other, as a host has them: through the types of the boundary.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{ROption, RResult, RStr},
};
use plugin_api::{
    TokenType,
    abi::{RawHost, RawHost_TO, RawPlugin, RawSetting, RawState},
};

/// A host that names a key file, and has a state to give.
#[derive(Debug)]
struct OneFile {
    key_file: String,
    state: Arc<Mutex<Option<RawState>>>,
}

impl RawHost for OneFile {
    fn setting(&self, key: RStr<'_>) -> ROption<RawSetting> {
        (key.as_str() == "token_key_file")
            .then(|| RawSetting {
                value: self.key_file.as_str().into(),
                origin: "config.properties:1".into(),
            })
            .into()
    }

    fn take_state(&self) -> ROption<RawState> {
        self.state.lock().unwrap().take().into()
    }

    fn log(&self, _level: u8, _message: RStr<'_>) {}
}

fn open(key_file: &Path, state: ROption<RawState>) -> RawPlugin {
    let host = OneFile {
        key_file: key_file.to_str().unwrap().to_owned(),
        state: Arc::new(Mutex::new(state.into_option())),
    };
    let host = RawHost_TO::from_value(host, TD_Opaque);
    match plugin_api::__private::open(host, token_plugin::open) {
        RResult::ROk(plugin) => plugin,
        RResult::RErr(error) => panic!("{}", error.message),
    }
}

fn generate(plugin: &RawPlugin) -> bool {
    let authorizer = plugin.token_authorizer.as_ref().into_option().unwrap();
    authorizer.generate_key_file(TokenType::TOKEN).is_ok()
}

#[test]
fn a_plugin_hands_over_retires_and_leaves_the_files_to_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key_file.json");
    let old = open(&key_file, ROption::RNone);
    assert!(!old.lifecycle.took_over());
    assert!(generate(&old));

    let new = open(&key_file, old.lifecycle.hand_over());
    assert!(new.lifecycle.took_over());
    old.lifecycle.retire();
    assert!(!generate(&old));
    drop(old);
    assert!(key_file.exists());

    new.lifecycle.shutdown();
    assert!(!key_file.exists());
}

#[test]
fn a_plugin_without_the_state_makes_keys_when_the_one_before_is_shut_down() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key_file.json");
    let old = open(&key_file, ROption::RNone);
    assert!(generate(&old));

    let new = open(&key_file, ROption::RNone);
    assert!(!new.lifecycle.took_over());
    assert!(!generate(&new));
    old.lifecycle.shutdown();
    assert!(generate(&new));
    drop(old);
    assert!(key_file.exists());
    drop(new);
    assert!(!key_file.exists());
}
