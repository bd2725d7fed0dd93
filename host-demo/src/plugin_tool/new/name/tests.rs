use proptest::prelude::*;

use super::*;

#[test]
fn a_crate_name_is_accepted_unchanged() {
    for name in ["a", "my-token", "My_Token2", &"x".repeat(64)] {
        assert_eq!(name.parse::<CrateName>().unwrap().as_str(), name);
    }
    let library = "my-token".parse::<CrateName>().unwrap().library();
    assert!(library.contains("my_token"), "{library}");
}

#[test]
fn a_name_that_cargo_refuses_is_refused_before_anything_is_written() {
    for name in ["", "1st", "-a", "_a", "a b", "a/b", "../a", ".", "ä", "a.b"] {
        let form = NameError::Form(name.to_owned());
        assert_eq!(name.parse::<CrateName>(), Err(form));
    }
    assert!("x".repeat(65).parse::<CrateName>().is_err());
    for name in ["fn", "std", "test", "plugin-api", "self"] {
        let taken = NameError::Taken(name.to_owned());
        assert_eq!(name.parse::<CrateName>(), Err(taken));
    }
}

proptest! {
    #[test]
    fn an_accepted_name_is_one_component_of_a_path(text in "\\PC{0,80}") {
        if let Ok(name) = text.parse::<CrateName>() {
            prop_assert_eq!(std::path::Path::new(name.as_str()).components().count(), 1);
            prop_assert!(name.as_str().starts_with(|first: char| first.is_ascii_alphabetic()));
        }
    }
}
