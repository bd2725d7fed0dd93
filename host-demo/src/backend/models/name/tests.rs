use proptest::prelude::*;

use super::{ModelName, ModelVersion};

#[test]
fn names_as_torchserve_has_them_are_accepted() {
    for name in ["digits", "resnet-18", "noop_v1.0", "3", "A"] {
        assert_eq!(ModelName::parse(name).unwrap().as_str(), name);
    }
    assert!(ModelName::parse(&"a".repeat(64)).is_ok());
}

#[test]
fn names_that_could_mean_something_else_are_refused() {
    let too_long = "a".repeat(65);
    for name in [
        "", ".", "..", ".hidden", "-x", "a/b", "a\\b", "a b", "a\0", "é", "a\n", &too_long,
    ] {
        assert!(ModelName::parse(name).is_err(), "{name:?}");
        assert!(ModelVersion::parse(name).is_err(), "{name:?}");
    }
}

#[test]
fn the_version_all_is_reserved() {
    assert!(ModelVersion::parse("all").is_err());
    assert!(ModelVersion::parse("all-1").is_ok());
}

#[test]
fn an_error_shows_the_name_escaped_and_cut() {
    let error = ModelName::parse(&format!("a\n{}", "b".repeat(10_000))).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("model name \"a\\nbbb"), "{text}");
    assert!(text.len() < 250, "{text}");
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_one_plain_path_segment(name in ".{0,80}") {
        if let Ok(accepted) = ModelName::parse(&name) {
            prop_assert_eq!(accepted.as_str(), &name);
            prop_assert!(name.len() <= 64);
            prop_assert!(!name.contains(['/', '\\', '\0', '%', ' ']));
            prop_assert!(name != "." && name != "..");
        }
    }
}
