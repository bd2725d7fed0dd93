use proptest::prelude::*;

use super::{ExemptPaths, TokenAuthStatus, TokenExpiration};

#[test]
fn an_expiration_is_any_number_above_0_up_to_100_years() {
    for (text, minutes) in [
        ("60", 60.0),
        ("0.25", 0.25),
        ("1e3", 1000.0),
        ("0.001", 0.001),
        ("52560000", TokenExpiration::MINUTES_MAX),
    ] {
        let expiration: TokenExpiration = text.parse().unwrap();
        assert_eq!(
            expiration.minutes().to_bits(),
            f64::to_bits(minutes),
            "{text}"
        );
    }
    for text in [
        "",
        "0",
        "-0",
        "0.0",
        "-1",
        "NaN",
        "inf",
        "Infinity",
        "1e999",
        "30m",
        "abc",
        " 30",
        "52560000.1",
        "1e300",
    ] {
        let expected =
            Err("a number of minutes above 0 and at most 52560000, for example 60 or 0.25");
        assert_eq!(text.parse::<TokenExpiration>(), expected, "{text}");
    }
}

#[test]
fn a_status_is_one_of_two_words() {
    assert_eq!("torchserve".parse(), Ok(TokenAuthStatus::TorchServe));
    assert_eq!("standard".parse(), Ok(TokenAuthStatus::Standard));
    for text in ["", "Standard", "401", "standard "] {
        assert_eq!(
            text.parse::<TokenAuthStatus>(),
            Err("torchserve or standard"),
            "{text}"
        );
    }
}

#[test]
fn exempt_paths_are_compared_byte_for_byte() {
    let paths: ExemptPaths = "/ping, /v2/health/live,/".parse().unwrap();
    assert_eq!(
        paths.iter().collect::<Vec<_>>(),
        ["/", "/ping", "/v2/health/live"]
    );
    for (path, expected) in [
        ("/ping", true),
        ("/", true),
        ("/v2/health/live", true),
        ("/ping/", false),
        ("/Ping", false),
        ("/pin", false),
        ("/ping/x", false),
        ("", false),
    ] {
        assert_eq!(paths.contains(path), expected, "{path}");
    }
    assert!("".parse::<ExemptPaths>().unwrap().is_empty());
}

#[test]
fn a_path_that_can_be_written_in_two_ways_cannot_be_exempt() {
    for text in [
        "ping", "/a?b", "/a#b", "/%70ing", "//", "//ping", "/a//b", "/a//", "/./a", "/a/.",
        "/../a", "/a/..", "/.", "/..", "/a\\b", "/a b", "/a\tb", "/ping,", ",/ping", "*",
    ] {
        let error = text.parse::<ExemptPaths>().unwrap_err();
        assert!(
            error.starts_with("exact paths separated by commas"),
            "{text}: {error}"
        );
    }
    let many = vec!["/a"; 65].join(",");
    assert_eq!(many.parse::<ExemptPaths>(), Err("at most 64 paths"));
}

#[test]
fn a_path_may_contain_dots_that_are_not_a_segment() {
    for text in ["/a.b", "/...", "/.well-known", "/a/", "/a..b"] {
        assert!(
            text.parse::<ExemptPaths>().unwrap().contains(text),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn an_exempt_path_never_needs_normalizing(text in r"[/.a%\\?]{0,12}") {
        if let Ok(paths) = text.parse::<ExemptPaths>() {
            for path in paths.iter() {
                prop_assert!(path.starts_with('/') && !path.contains(['%', '\\', '?']));
                prop_assert!(!path.contains("//"));
                prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
            }
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in any::<String>()) {
        let _ = text.parse::<ExemptPaths>();
        let _ = text.parse::<TokenExpiration>();
    }
}
