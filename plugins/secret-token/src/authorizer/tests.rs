use super::*;
use crate::key::Key;

fn keys() -> KeySet {
    let key = |text: &str| Key::parse(text.as_bytes()).unwrap();
    KeySet::new(
        key("management-key-01"),
        key("inference-key-012"),
        key("api-key-012345678"),
    )
    .unwrap()
}

#[test]
fn the_right_key_is_allowed() {
    assert_eq!(
        judge(&keys(), Ok(b"inference-key-012"), TokenType::Inference),
        Verdict::ALLOW
    );
}

#[test]
fn a_request_without_a_usable_header_is_denied_with_the_reason() {
    for (error, expected) in [
        (BearerError::Missing, Verdict::DENY_MISSING),
        (BearerError::Malformed, Verdict::DENY_INVALID),
        (BearerError::Repeated, Verdict::DENY_INVALID),
    ] {
        for wanted in [
            TokenType::Token,
            TokenType::Management,
            TokenType::Inference,
        ] {
            assert_eq!(judge(&keys(), Err(error), wanted), expected, "{error:?}");
        }
    }
}
