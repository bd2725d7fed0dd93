//! The content of the file: members, keys, instants.

use std::{collections::HashSet, fs};

use integration_tests::{Host, Keys};

use super::token_plugin;
use crate::expect::{opens_inference, opens_management};

const URL_SAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn the_file_has_torchserves_members_order_and_indentation() {
    let host = Host::with_token_plugin();
    let text = fs::read_to_string(host.key_file()).expect("the key file");
    let keys = host.keys();

    let expected = format!(
        r#"{{
  "management": {{
    "key": "{}",
    "expiration time": "{}"
  }},
  "inference": {{
    "key": "{}",
    "expiration time": "{}"
  }},
  "API": {{
    "key": "{}"
  }}
}}"#,
        keys.management.key,
        keys.management.expiration_time,
        keys.inference.key,
        keys.inference.expiration_time,
        keys.api,
    );
    assert_eq!(text.trim_end(), expected);
}

#[test]
fn a_key_is_43_url_safe_characters() {
    let host = Host::with_token_plugin();

    for key in host.keys().all() {
        assert_eq!(key.len(), 43);
        assert!(key.chars().all(|letter| URL_SAFE.contains(letter)));
    }
}

/// Within a start and across starts.
#[test]
fn no_two_keys_are_equal() {
    let mut different = HashSet::new();
    for _ in 0..4 {
        let host = Host::with_token_plugin();
        different.extend(host.keys().all().map(str::to_owned));
    }

    assert_eq!(different.len(), 12);
}

/// 6 bytes give TorchServe's 8 characters; 64 is the maximum.
#[test]
fn token_key_bytes_sets_the_length() {
    for (bytes, characters) in [("6", 8), ("16", 22), ("64", 86)] {
        let host = token_plugin().property("token_key_bytes", bytes).start();
        let keys = host.keys();

        assert!(keys.all().all(|key| key.len() == characters));
        assert!(opens_management(&host, &keys.management.key));
        assert!(opens_inference(&host, &keys.inference.key));
    }
}

/// From 16 on there is no warning.
#[test]
fn token_key_bytes_below_16_warns() {
    let warnings = |bytes| {
        let host = token_plugin().property("token_key_bytes", bytes).start();
        let mut warnings = host.log().lines_of_level("WARN");
        warnings.retain(|line| line.contains("token_key_bytes"));
        warnings.len()
    };

    assert_eq!(warnings("15"), 1);
    assert_eq!(warnings("16"), 0);
}

#[test]
fn token_key_bytes_out_of_range_aborts_startup() {
    for value in ["5", "65", "0", "-6", "32.5", "many"] {
        let refusal = token_plugin().property("token_key_bytes", value).refused();
        let line = refusal.line();

        assert!(line.contains("token_key_bytes"), "{line}");
        assert!(line.contains(value), "{line}");
        assert!(line.contains("config.properties:4"), "{line}");
    }
}

#[test]
fn the_expiration_time_has_six_digits_and_z() {
    let host = Host::with_token_plugin();
    let Keys {
        management,
        inference,
        ..
    } = host.keys();

    for text in [management.expiration_time, inference.expiration_time] {
        let pattern: String = text
            .chars()
            .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
            .collect();
        assert_eq!(pattern, "0000-00-00T00:00:00.000000Z", "{text}");
    }
}

/// The file is written only there.
#[test]
fn token_key_file_names_another_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("keys of this server.json");
    let host = token_plugin()
        .property("token_key_file", &path.display().to_string())
        .start();
    let keys = Keys::read(&path);

    assert!(!host.key_file().exists());
    assert!(opens_management(&host, &keys.management.key));
}
