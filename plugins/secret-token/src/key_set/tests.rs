use super::*;

const MANAGEMENT: TokenType = TokenType::MANAGEMENT;
const INFERENCE: TokenType = TokenType::INFERENCE;
const TOKEN: TokenType = TokenType::TOKEN;

const M: &str = "management-key-01";
const I: &str = "inference-key-012";
const A: &str = "api-key-012345678";

fn key(text: &str) -> Key {
    Key::parse(text.as_bytes()).unwrap()
}

#[test]
fn each_key_opens_its_own_door_only() {
    let keys = KeySet::new(key(M), key(I), key(A)).unwrap();
    for (presented, kind) in [(M, MANAGEMENT), (I, INFERENCE), (A, TOKEN)] {
        for wanted in [MANAGEMENT, INFERENCE, TOKEN] {
            let expected = if kind == wanted {
                Verdict::ALLOW
            } else {
                Verdict::DENY_SCOPE
            };
            assert_eq!(
                keys.judge(presented.as_bytes(), wanted),
                expected,
                "{kind} key at the door of {wanted}"
            );
        }
    }
}

#[test]
fn an_unknown_key_opens_no_door() {
    let keys = KeySet::new(key(M), key(I), key(A)).unwrap();
    for wanted in [MANAGEMENT, INFERENCE, TOKEN] {
        for presented in ["", "another-key-01234", "management-key-0"] {
            assert_eq!(
                keys.judge(presented.as_bytes(), wanted),
                Verdict::DENY_INVALID,
                "{presented:?} at the door of {wanted}"
            );
        }
    }
}

#[test]
fn equal_keys_are_refused_by_their_kinds() {
    for (management, inference, api, expected) in [
        (M, M, A, (MANAGEMENT, INFERENCE)),
        (M, I, M, (MANAGEMENT, TOKEN)),
        (M, I, I, (INFERENCE, TOKEN)),
        (M, M, M, (MANAGEMENT, INFERENCE)),
    ] {
        assert_eq!(
            KeySet::new(key(management), key(inference), key(api)),
            Err(expected)
        );
    }
}
