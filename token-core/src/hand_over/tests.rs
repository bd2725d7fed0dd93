use std::{convert::Infallible, sync::Arc};

use proptest::prelude::*;

use super::{HAND_OVER_VERSION, HandOver, HandOverError, KEYS_BYTES_MAX, Reader, write_keys};
use crate::{
    Claim, Deadline, ExpiringKey, Expiry, Key, KeyLength, Keys, SystemRandom,
    testing::CountingRandom,
};

/// As a store's claim may be: a length, and that many bytes.
#[derive(Clone, Debug, PartialEq)]
struct TextClaim(Vec<u8>);

impl Claim for TextClaim {
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::try_from(self.0.len()).unwrap());
        bytes.extend_from_slice(&self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let [length] = reader.array()?;
        reader.take(length.into()).map(|text| Self(text.to_vec()))
    }
}

fn deadlines() -> impl Strategy<Value = Deadline> {
    // Within the years that can be written.
    (0..=250_000_000_000_000_000_i64, any::<i64>(), any::<bool>()).prop_map(
        |(wall_micros, boot_micros, has_expired)| Deadline {
            wall_micros,
            boot_micros,
            has_expired,
        },
    )
}

fn key(bytes: usize) -> Key {
    Key::generate(KeyLength::from_bytes(bytes).unwrap(), &mut SystemRandom).unwrap()
}

fn expiring() -> impl Strategy<Value = Arc<ExpiringKey>> {
    (deadlines(), KeyLength::MIN_BYTES..=KeyLength::MAX_BYTES).prop_map(|(deadline, bytes)| {
        Arc::new(ExpiringKey {
            key: key(bytes),
            expiry: Expiry::at(deadline).unwrap(),
        })
    })
}

fn any_hand_over() -> impl Strategy<Value = HandOver<TextClaim>> {
    let claims = proptest::collection::vec(any::<u8>(), 0..=255).prop_map(TextClaim);
    (any::<u32>(), claims, expiring(), expiring()).prop_map(
        |(process_id, claim, management, inference)| HandOver {
            process_id,
            claim,
            keys: Keys {
                management,
                inference,
                api: Arc::new(key(KeyLength::MAX_BYTES)),
            },
        },
    )
}

fn decoded(version: u32, bytes: &[u8]) -> Result<HandOver<TextClaim>, HandOverError<Infallible>> {
    HandOver::from_bytes(version, bytes)
}

#[test]
fn the_format_is_that_of_earlier_builds() {
    let six_bytes = KeyLength::from_bytes(6).unwrap();
    let mut random = CountingRandom::starting_at(0);
    let mut key = || Key::generate(six_bytes, &mut random).unwrap();
    let expiring = |key, has_expired| {
        let expiry = Expiry::at(Deadline {
            wall_micros: 1,
            boot_micros: 2,
            has_expired,
        });
        Arc::new(ExpiringKey {
            key,
            expiry: expiry.unwrap(),
        })
    };
    let handed_over = HandOver {
        process_id: 3,
        claim: TextClaim(b"claim".to_vec()),
        keys: Keys {
            management: expiring(key(), false),
            inference: expiring(key(), true),
            api: Arc::new(key()),
        },
    };
    let mut form = 3_u32.to_ne_bytes().to_vec();
    form.extend_from_slice(b"\x05claim");
    for (has_expired, text) in [(0, b"AAECAwQF"), (1, b"BgcICQoL")] {
        form.extend_from_slice(&1_i64.to_ne_bytes());
        form.extend_from_slice(&2_i64.to_ne_bytes());
        form.extend_from_slice(&[has_expired, 8]);
        form.extend_from_slice(text);
    }
    form.extend_from_slice(b"\x08DA0ODxAR");
    assert_eq!(handed_over.to_bytes(), form);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(encoded in any_hand_over()) {
        let decoded = decoded(HAND_OVER_VERSION, &encoded.to_bytes()).unwrap();
        prop_assert_eq!(decoded.process_id, encoded.process_id);
        prop_assert_eq!(&decoded.claim, &encoded.claim);
        for (decoded, encoded) in [
            (&decoded.keys.management, &encoded.keys.management),
            (&decoded.keys.inference, &encoded.keys.inference),
        ] {
            prop_assert_eq!(decoded.key.secret_text(), encoded.key.secret_text());
            prop_assert_eq!(decoded.expiry.deadline(), encoded.expiry.deadline());
            prop_assert_eq!(decoded.expiry.text(), encoded.expiry.text());
        }
        prop_assert_eq!(decoded.keys.api.secret_text(), encoded.keys.api.secret_text());
    }

    #[test]
    fn a_buffer_with_keys_never_grows(
        handed_over in any_hand_over(),
        before in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = before.into_boxed_slice().into_vec();
        let length_before = bytes.len();
        write_keys(&handed_over.keys, &mut bytes);
        prop_assert_eq!(bytes.capacity(), length_before + KEYS_BYTES_MAX);
    }

    #[test]
    fn any_bytes_are_decoded_or_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        // Decoded bytes are encoded as the same bytes: there is only one format.
        if let Ok(decoded) = decoded(HAND_OVER_VERSION, &bytes) {
            prop_assert_eq!(decoded.to_bytes(), bytes);
        }
    }

    #[test]
    fn nearly_valid_bytes_are_decoded_or_rejected(
        encoded in any_hand_over(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encoded.to_bytes();
        let position = position.index(bytes.len());
        bytes[position] = byte;
        if let Ok(decoded) = decoded(HAND_OVER_VERSION, &bytes) {
            prop_assert_eq!(decoded.to_bytes(), bytes);
        }
    }

    #[test]
    fn truncated_or_too_long_bytes_are_rejected(
        encoded in any_hand_over(),
        length in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encoded.to_bytes();
        let cut_off = decoded(HAND_OVER_VERSION, &bytes[..length.index(bytes.len())]);
        prop_assert!(matches!(cut_off, Err(HandOverError::Malformed)));
        bytes.push(0);
        let too_long = decoded(HAND_OVER_VERSION, &bytes);
        prop_assert!(matches!(too_long, Err(HandOverError::Malformed)));
    }

    #[test]
    fn debug_shows_no_key(handed_over in any_hand_over()) {
        let shown = format!("{handed_over:?}");
        let api = str::from_utf8(handed_over.keys.api.secret_text()).unwrap();
        prop_assert!(!shown.contains(api));
    }

    #[test]
    fn another_version_is_rejected_whatever_the_bytes(
        encoded in any_hand_over(),
        version in any::<u32>().prop_filter("another", |version| *version != HAND_OVER_VERSION),
    ) {
        let decoded = decoded(version, &encoded.to_bytes());
        let is_rejected = matches!(decoded, Err(HandOverError::Version { found }) if found == version);
        prop_assert!(is_rejected);
    }
}
