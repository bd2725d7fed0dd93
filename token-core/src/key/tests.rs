use proptest::prelude::*;

use super::{Key, KeyError, KeyId};
use crate::{
    key_length::KeyLength,
    random::{EntropyError, Random, SystemRandom},
    testing::CountingRandom,
};

#[test]
fn the_default_key_is_43_characters_of_url_safe_base64() {
    let key = Key::generate(KeyLength::default(), &mut SystemRandom).unwrap();
    assert_eq!(key.secret_text().len(), 43);
    assert!(
        key.secret_text()
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    );
}

#[test]
fn the_text_is_the_base64_of_the_random_bytes() {
    let length = KeyLength::from_bytes(6).unwrap();
    let key = Key::generate(length, &mut CountingRandom::starting_at(0xfa)).unwrap();
    assert_eq!(key.secret_text(), b"-vv8_f7_");
}

#[test]
fn two_keys_of_the_system_differ() {
    let one = Key::generate(KeyLength::default(), &mut SystemRandom).unwrap();
    let other = Key::generate(KeyLength::default(), &mut SystemRandom).unwrap();
    assert!(!one.matches(other.secret_text()));
}

#[test]
fn a_key_matches_itself_and_no_text_that_differs_in_one_bit_anywhere() {
    for bytes in KeyLength::MIN_BYTES..=KeyLength::MAX_BYTES {
        let length = KeyLength::from_bytes(bytes).unwrap();
        let key = Key::generate(length, &mut SystemRandom).unwrap();
        let text = key.secret_text().to_vec();
        assert!(key.matches(&text));
        for position in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[position] ^= 1 << bit;
                assert!(!key.matches(&changed), "{bytes} bytes, {position}, {bit}");
            }
        }
    }
}

#[test]
fn a_key_matches_no_text_of_another_length() {
    let key = Key::generate(KeyLength::default(), &mut SystemRandom).unwrap();
    let text = key.secret_text();
    assert!(!key.matches(b""));
    assert!(!key.matches(&text[1..]));
    assert!(!key.matches(&text[..42]));
    assert!(!key.matches(&[text, b"A"].concat()));
}

#[test]
fn the_id_is_the_beginning_of_the_digest_of_the_text() {
    let random = &mut CountingRandom::starting_at(0);
    let key = Key::generate(KeyLength::default(), random).unwrap();
    assert_eq!(
        key.secret_text(),
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    );
    // `printf %s AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 | sha256sum | cut -c1-16`
    assert_eq!(key.id().map(KeyId::get), Some(0xea86_6a75_7e4c_38ba));
}

#[test]
fn a_key_has_the_same_id_when_it_is_read_again_and_none_if_it_has_less_than_16_bytes() {
    for bytes in KeyLength::MIN_BYTES..=KeyLength::MAX_BYTES {
        let length = KeyLength::from_bytes(bytes).unwrap();
        let key = Key::generate(length, &mut SystemRandom).unwrap();
        assert_eq!(key.id().is_some(), bytes >= 16, "{bytes} bytes");
        let read = Key::from_text(key.secret_text()).unwrap();
        assert_eq!(read.id(), key.id());
        assert_eq!(Key::from_secret_text(key.secret_text()).id(), None);
    }
}

#[test]
fn a_key_of_another_program_matches_its_text_unless_that_is_shorter_than_eight_bytes() {
    for text in [&b"8 bytes!"[..], b"k3y-._~+/0123456=="] {
        let key = Key::from_secret_text(text);
        assert!(key.matches(text));
        assert!(!key.matches(&text[1..]));
    }
    for text in [&b""[..], b"7 bytes"] {
        assert!(!Key::from_secret_text(text).matches(text));
    }
}

#[test]
fn debug_does_not_show_the_key() {
    let key = Key::generate(KeyLength::default(), &mut SystemRandom).unwrap();
    assert_eq!(format!("{key:?}"), "Key(secret)");
}

#[test]
fn without_random_bytes_there_is_no_key() {
    struct Empty;
    impl Random for Empty {
        fn fill(&mut self, _buffer: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError {
                reason: "dry".to_owned(),
            })
        }
    }
    let result = Key::generate(KeyLength::default(), &mut Empty);
    assert!(matches!(result, Err(KeyError::Entropy(_))));
}

proptest! {
    #[test]
    fn any_bytes_match_exactly_when_they_are_the_text(
        first in 0u8..,
        presented in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let length = KeyLength::from_bytes(6).unwrap();
        let key = Key::generate(length, &mut CountingRandom::starting_at(first)).unwrap();
        prop_assert_eq!(key.matches(&presented), presented == key.secret_text());
    }
}
