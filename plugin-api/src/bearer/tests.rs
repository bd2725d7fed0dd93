use proptest::prelude::*;

use super::*;

#[test]
fn the_scheme_has_no_case_and_spaces_may_repeat() {
    for value in ["Bearer k-_1", "bearer k-_1", "BEARER k-_1", "Bearer   k-_1"] {
        assert_eq!(parse(value.as_bytes()), Ok(b"k-_1".as_slice()), "{value:?}");
    }
}

#[test]
fn anything_else_is_not_a_key() {
    for value in [
        "",
        "k",
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "Bearerk",
        "Bearer\tk",
        "Basic k",
        "foo k",
        "Bearer k k",
        "Bearer k ",
        "Bearer k\u{e9}",
        "Bearer k\u{7f}",
        " Bearer k",
    ] {
        assert_eq!(
            parse(value.as_bytes()),
            Err(BearerError::Malformed),
            "{value:?}"
        );
    }
}

#[test]
fn a_value_of_8_kib_is_accepted_and_a_longer_one_is_too_long() {
    let value = |length: usize| format!("Bearer {}", "k".repeat(length - "Bearer ".len()));
    let longest = value(8192);
    assert_eq!(parse(longest.as_bytes()), Ok(&longest.as_bytes()[7..]));
    assert_eq!(parse(value(8193).as_bytes()), Err(BearerError::TooLong));
    assert_eq!(Verdict::from(BearerError::TooLong), Verdict::DENY_INVALID);
}

#[test]
fn no_byte_of_the_scheme_can_be_another_than_its_letter() {
    for position in 0.."Bearer ".len() {
        for byte in 0..=u8::MAX {
            let mut value = *b"Bearer k";
            value[position] = byte;
            let is_scheme = value[..6].eq_ignore_ascii_case(b"Bearer") && value[6] == b' ';
            assert_eq!(parse(&value).is_ok(), is_scheme, "{value:?}");
        }
    }
}

#[test]
fn every_byte_is_checked_at_every_position_of_every_length() {
    for length in 1..=20 {
        for position in 0..length {
            for byte in 0..=u8::MAX {
                let mut key = vec![b'~'; length];
                key[position] = byte;
                assert_eq!(
                    is_visible_ascii(&key),
                    byte.is_ascii_graphic(),
                    "{byte} at {position}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_found_is_the_visible_end_of_the_value(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(key) = parse(&value) {
            prop_assert!(value.ends_with(key) && !key.is_empty());
            prop_assert!(key.iter().all(u8::is_ascii_graphic));
        }
    }

    #[test]
    fn every_key_of_visible_characters_is_found(key in "[!-~]{1,128}") {
        let value = format!("Bearer {key}");
        prop_assert_eq!(parse(value.as_bytes()), Ok(key.as_bytes()));
    }
}
