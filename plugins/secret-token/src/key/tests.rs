use proptest::prelude::*;

use super::*;

const KEY: &str = "k3y-._~+/0123456";

fn accepts(content: &str, presented: &str) -> bool {
    parse(content.as_bytes())
        .unwrap()
        .matches(presented.as_bytes())
}

#[test]
fn one_line_end_after_the_key_is_trimmed() {
    for end in ["", "\n", "\r\n"] {
        assert!(accepts(&format!("{KEY}{end}"), KEY), "{end:?}");
    }
}

#[test]
fn another_key_does_not_match() {
    for presented in [
        "",
        "k3y-._~+/012345",
        "k3y-._~+/01234567",
        "K3Y-._~+/0123456",
    ] {
        assert!(!accepts(KEY, presented), "{presented:?}");
    }
}

#[test]
fn a_key_has_a_minimum_and_a_maximum_length() {
    for content in [&b""[..], b"\n", &[b'k'; 15], b"kkkkkkkkkkkkkkk\n"] {
        assert_eq!(parse(content).unwrap_err(), KeyError::TooShort);
    }
    assert!(parse(&[b'k'; 16]).is_ok());
    assert!(parse(&[b'k'; 512]).is_ok());
    assert_eq!(parse(&[b'k'; 513]).unwrap_err(), KeyError::TooLong);
}

#[test]
fn only_characters_of_a_bearer_token_are_accepted() {
    for content in [
        "a key with spaces in it",
        " leading-space-0123",
        "trailing-space-0123 ",
        "two-line-ends-0123\n\n",
        "two-keys-01234567\ntwo-keys-76543210",
        "tab\tin-the-key-0123",
        "quote\"in-the-key-0123",
        "padding=in-the-middle",
        "================",
        "umlaut-\u{e4}-in-the-key",
    ] {
        assert_eq!(
            parse(content.as_bytes()).unwrap_err(),
            KeyError::Character,
            "{content:?}"
        );
    }
    assert!(accepts("cGFkZGVkLWtleQ==\n", "cGFkZGVkLWtleQ=="));
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(
        format!("{:?}", parse(KEY.as_bytes()).unwrap()),
        "Key(secret)"
    );
}

proptest! {
    #[test]
    fn a_key_matches_itself_and_nothing_else(key in "[A-Za-z0-9._~+/-]{16,64}={0,2}", other in "[!-~]{0,66}") {
        prop_assert!(accepts(&key, &key));
        prop_assert_eq!(accepts(&key, &other), key == other);
    }

    #[test]
    fn an_accepted_key_can_be_sent_in_a_header(content in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(key) = parse(&content) {
            let text = key.secret_text();
            prop_assert!(text.len() >= KEY_BYTES_MIN && text.iter().all(u8::is_ascii_graphic));
        }
    }
}
