use std::fs;

use plugin_api::ErrorCode;
use token_core::KeyLength;

use super::Settings;
use crate::test_support::TestHost;

#[test]
fn nothing_needs_to_be_set() {
    let settings = Settings::read(&TestHost::default().host()).unwrap();
    assert_eq!(settings.key_length, KeyLength::default());
    assert!(!settings.api_returns_key);
    assert_eq!(
        settings.key_file.path(),
        fs::canonicalize(".").unwrap().join("key_file.json")
    );
}

#[test]
fn everything_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::default()
        .with("token_key_bytes", "16")
        .with("token_api_returns_key", "True")
        .with(
            "token_key_file",
            folder.path().join("keys").to_str().unwrap(),
        );
    let settings = Settings::read(&host.host()).unwrap();
    assert_eq!(settings.key_length.bytes(), 16);
    assert!(settings.api_returns_key);
    assert_eq!(
        settings.key_file.path(),
        fs::canonicalize(folder.path()).unwrap().join("keys")
    );
}

#[test]
fn a_value_that_will_not_do_is_refused_with_its_place_and_what_would() {
    for (key, value, message) in [
        (
            "token_key_bytes",
            "5",
            "config.properties:1: token_key_bytes=5: expected a whole number from 6 to 64",
        ),
        (
            "token_key_bytes",
            "many",
            "config.properties:1: token_key_bytes=many: expected a whole number from 6 to 64",
        ),
        (
            "token_api_returns_key",
            "yes",
            "config.properties:1: token_api_returns_key=yes: expected true or false",
        ),
        (
            "token_key_file",
            "/",
            "config.properties:1: token_key_file=/: key file /: names no file",
        ),
    ] {
        let error = Settings::read(&TestHost::default().with(key, value).host()).unwrap_err();
        assert_eq!(error.message(), message);
        assert_eq!(error.code(), ErrorCode::INVALID_SETTING);
    }
}
