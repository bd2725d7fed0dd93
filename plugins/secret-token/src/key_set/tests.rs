use super::*;

const MANAGEMENT: TokenType = TokenType::MANAGEMENT;
const INFERENCE: TokenType = TokenType::INFERENCE;
const TOKEN: TokenType = TokenType::TOKEN;

const M: &str = "management-key-01";
const I: &str = "inference-key-012";
const A: &str = "api-key-012345678";

fn key(text: &str) -> Key {
    crate::key::parse(text.as_bytes()).unwrap()
}

#[test]
fn each_key_is_allowed_for_its_own_kind_only() {
    let keys = KeySet::new(key(M), key(I), key(A)).unwrap();
    for (presented, kind) in [(M, MANAGEMENT), (I, INFERENCE), (A, TOKEN)] {
        for wanted in [MANAGEMENT, INFERENCE, TOKEN] {
            let expected = if kind == wanted {
                Verdict::ALLOW
            } else {
                Verdict::DENY_SCOPE
            };
            assert_eq!(
                keys.check(presented.as_bytes(), wanted),
                expected,
                "{kind} key for {wanted}"
            );
        }
    }
}

#[test]
fn an_unknown_key_is_denied_for_every_kind() {
    let keys = KeySet::new(key(M), key(I), key(A)).unwrap();
    for wanted in [MANAGEMENT, INFERENCE, TOKEN] {
        for presented in ["", "another-key-01234", "management-key-0"] {
            assert_eq!(
                keys.check(presented.as_bytes(), wanted),
                Verdict::DENY_INVALID,
                "{presented:?} for {wanted}"
            );
        }
    }
}

#[test]
fn equal_keys_are_rejected_with_their_kinds() {
    for (management, inference, api, expected) in [
        (M, M, A, (MANAGEMENT, INFERENCE)),
        (M, I, M, (MANAGEMENT, TOKEN)),
        (M, I, I, (INFERENCE, TOKEN)),
        (M, M, M, (MANAGEMENT, INFERENCE)),
    ] {
        assert_eq!(
            KeySet::new(key(management), key(inference), key(api)).unwrap_err(),
            expected
        );
    }
}
