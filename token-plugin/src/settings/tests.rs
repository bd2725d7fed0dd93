use std::fs;

use plugin_api::{ErrorCode, testing::TestHost};
use token_core::{KeyLength, Lifetime};

use super::Settings;

#[test]
fn every_setting_has_a_default() {
    let settings = Settings::read(&TestHost::new().host()).unwrap();
    assert_eq!(settings.key_length, KeyLength::default());
    assert!(!settings.api_returns_key);
    assert!(settings.rotate_before.is_none());
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
        (
            "token_rotate_before_expiry_min",
            "-1",
            "config.properties:1: token_rotate_before_expiry_min=-1: expected a number of minutes, \
             or 0",
        ),
        (
            "token_rotate_before_expiry_min",
            "NaN",
            "config.properties:1: token_rotate_before_expiry_min=NaN: expected a number of minutes, \
             or 0",
        ),
    ] {
        let error = Settings::read(&TestHost::new().with_setting(key, value).host()).unwrap_err();
        assert_eq!(error.message(), message);
        assert_eq!(error.code(), ErrorCode::INVALID_SETTING);
    }
}

#[test]
fn a_key_is_replaced_in_the_second_half_of_its_lifetime_at_the_earliest() {
    let rotate_before = |value| {
        let host = TestHost::new().with_setting("token_rotate_before_expiry_min", value);
        Settings::read(&host.host()).unwrap().rotate_before
    };
    assert!(rotate_before("0").is_none());
    let half = rotate_before("2.5").unwrap();
    half.check(Lifetime::from_minutes(5.0).unwrap()).unwrap();
    let error = half
        .check(Lifetime::from_minutes(4.99).unwrap())
        .unwrap_err();
    assert_eq!(
        error.message(),
        "config.properties:1: token_rotate_before_expiry_min=2.5: expected at most half of \
         token_expiration_min"
    );
    assert_eq!(error.code(), ErrorCode::INVALID_SETTING);
}
