use std::fs;

use plugin_api::{ErrorCode, testing::TestHost};
use token_core::KeyLength;

use super::Settings;

#[test]
fn every_setting_has_a_default() {
    let settings = Settings::read(&TestHost::new().host()).unwrap();
    assert_eq!(settings.key_length, KeyLength::default());
    assert!(!settings.api_returns_key);
    assert_eq!(
        settings.key_file.path(),
        fs::canonicalize(".").unwrap().join("key_file.json")
    );
}

#[test]
fn every_setting_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::new()
        .with_setting("token_key_bytes", "16")
        .with_setting("token_api_returns_key", "True")
        .with_setting(
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
fn an_invalid_value_is_rejected_with_its_line_and_what_is_valid() {
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
        let error = Settings::read(&TestHost::new().with_setting(key, value).host()).unwrap_err();
        assert_eq!(error.message(), message);
        assert_eq!(error.code(), ErrorCode::INVALID_SETTING);
    }
}
