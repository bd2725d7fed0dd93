use proptest::prelude::*;

use super::*;

fn segments(raw: &str) -> Vec<String> {
    TargetPath::parse(raw)
        .unwrap()
        .segments()
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_path_is_decoded_once() {
    assert_eq!(segments("/"), Vec::<String>::new());
    assert_eq!(segments("/token"), ["token"]);
    assert_eq!(segments("/%74oken/"), ["token"]);
    assert_eq!(segments("/models/a%20b"), ["models", "a b"]);
    assert_eq!(segments("/%2574oken"), ["%74oken"]);
    assert_eq!(segments("/caf%C3%A9"), ["caf\u{e9}"]);
}

#[test]
fn an_ambiguous_path_is_refused_with_its_reason() {
    for (raw, error) in [
        ("*", TargetError::NotAbsolute),
        ("", TargetError::NotAbsolute),
        ("//token", TargetError::Segment),
        ("/models//a", TargetError::Segment),
        ("/models//", TargetError::Segment),
        ("/./token", TargetError::Segment),
        ("/models/../token", TargetError::Segment),
        ("/models/..", TargetError::Segment),
        ("/models/.", TargetError::Segment),
        ("/models/%2e%2e/token", TargetError::Segment),
        ("/models%2fa", TargetError::Character),
        ("/models%2Fa", TargetError::Character),
        ("/models%5ca", TargetError::Character),
        ("/models\\a", TargetError::Character),
        ("/models%00", TargetError::Character),
        ("/models%0a", TargetError::Character),
        ("/models%7f", TargetError::Character),
        ("/models%", TargetError::Escape),
        ("/models%4", TargetError::Escape),
        ("/models%zz", TargetError::Escape),
        ("/models%+1", TargetError::Escape),
        ("/models%ff", TargetError::Encoding),
    ] {
        assert_eq!(TargetPath::parse(raw), Err(error), "{raw}");
    }
}

proptest! {
    #[test]
    fn an_accepted_path_is_unambiguous(raw in "/[a./%\\\\2eEfF0-9]{0,24}") {
        if let Ok(path) = TargetPath::parse(&raw) {
            prop_assert!(path.as_str().starts_with('/'));
            prop_assert!(!path.as_str().contains("//") && !path.as_str().contains('\\'));
            prop_assert!(path.segments().all(|segment| segment != "." && segment != ".."));
            prop_assert_eq!(raw.matches('/').count(), path.as_str().matches('/').count());
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(raw in any::<String>()) {
        let _ = TargetPath::parse(&raw);
    }
}
