//! The key that a check has identified.

use std::num::NonZeroU64;

use plugin_api::{TokenAuthorizer, TokenType, key_id, testing::TestRequest};
use sha2::{Digest, Sha256};

use super::Fixture;

/// Keys of 32 bytes that count up: management, inference, API.
const KEYS: [(&str, TokenType, &str); 3] = [
    (
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        TokenType::MANAGEMENT,
        "management",
    ),
    (
        "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
        TokenType::INFERENCE,
        "inference",
    ),
    (
        "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8",
        TokenType::TOKEN,
        "api",
    ),
];
const MICROS_PER_HOUR: i64 = 3_600_000_000;

fn id(key: &str) -> Option<NonZeroU64> {
    key_id(&Sha256::digest(key).into(), 32)
}

impl Fixture {
    fn identified(&self, key: &str, token_type: TokenType) -> Option<NonZeroU64> {
        let request = TestRequest::get("/").with_bearer(key);
        let _ = self.check_request(&request, token_type);
        request.key()
    }
}

#[test]
fn a_check_identifies_each_key_by_the_contracts_id_whether_allowed_or_not() {
    let fixture = Fixture::with_key_bytes("32");
    for (key, own, name) in KEYS {
        for (_, wanted, _) in KEYS {
            let identified = fixture.identified(key, wanted);
            assert!(identified.is_some());
            assert_eq!(identified, id(key), "{name} key for {wanted}");
        }
        fixture.clock.run(MICROS_PER_HOUR);
        assert_eq!(fixture.identified(key, own), id(key), "expired {name} key");
    }
}

#[test]
fn a_text_that_is_not_a_key_is_not_identified() {
    let fixture = Fixture::with_key_bytes("32");
    let unknown = "A".repeat(43);
    assert_eq!(fixture.identified(&unknown, TokenType::INFERENCE), None);
}

#[test]
fn a_key_that_is_too_short_for_an_id_is_not_identified() {
    let fixture = Fixture::with_key_bytes("15");
    let key = "AAECAwQFBgcICQoLDA0O";
    let request = TestRequest::get("/").with_bearer(key);
    let verdict = fixture.check_request(&request, TokenType::MANAGEMENT);
    assert!(verdict.allows());
    assert_eq!(request.key(), None);
}

#[test]
fn the_keys_in_force_have_names() {
    let fixture = Fixture::with_key_bytes("32");
    for (key, _, name) in KEYS {
        let named = fixture.authorizer.key_name(id(key).unwrap());
        assert_eq!(named.as_deref(), Some(name));
    }
    assert_eq!(fixture.authorizer.key_name(NonZeroU64::MIN), None);
    let inference = id(KEYS[1].0).unwrap();
    fixture
        .authorizer
        .generate_key_file(TokenType::INFERENCE)
        .unwrap();
    assert_eq!(fixture.authorizer.key_name(inference), None);
}

#[test]
fn generated_and_rotated_keys_are_audited_by_name_and_id() {
    let fixture = Fixture::with_key_bytes("32");
    fixture
        .authorizer
        .generate_key_file(TokenType::INFERENCE)
        .unwrap();
    let audited: Vec<_> = fixture
        .host
        .audited()
        .into_iter()
        .map(|record| {
            let fields = record.fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!("{} {}", record.event, fields.join(" "))
        })
        .collect();
    let hex = |key| format!("{:016x}", id(key).unwrap());
    let [(management, ..), (inference, ..), (api, ..)] = KEYS;
    let new = "YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8";
    assert_eq!(
        audited,
        [
            format!("key_generated key=api id={}", hex(api)),
            format!("key_generated key=management id={}", hex(management)),
            format!("key_generated key=inference id={}", hex(inference)),
            format!(
                "key_rotated key=inference result=done cause=requested id={} \
                 expires=2024-02-16T21:12:24.801167Z",
                hex(new)
            ),
        ]
    );
}

#[test]
fn a_rotation_that_fails_is_audited() {
    let fixture = Fixture::without_keys("32");
    let rotated = fixture.authorizer.generate_key_file(TokenType::MANAGEMENT);
    assert!(rotated.is_err());
    let [record] = &fixture.host.audited()[..] else {
        panic!("expected one record");
    };
    assert_eq!(record.event, "key_rotated");
    assert!(
        record
            .fields
            .contains(&("result".to_owned(), "failed".to_owned()))
    );
}
