use proptest::prelude::*;

use super::*;

#[test]
fn seconds_within_the_bounds_are_accepted() {
    for (text, milliseconds) in [
        ("0.1", 100),
        ("1", 1_000),
        ("2.5", 2_500),
        ("3600", 3_600_000),
    ] {
        assert_eq!(
            parse_poll(text),
            Some(Duration::from_millis(milliseconds)),
            "{text}"
        );
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "", "0", "0.09", "-5", "3600.1", "nan", "inf", "5s", "five", "1e9",
    ] {
        assert_eq!(parse_poll(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn accepted_values_are_within_the_bounds(text in "[-+]?[0-9]{0,5}[.]?[0-9]{0,5}(e[-+]?[0-9]{1,3})?|inf|nan") {
        if let Some(poll) = parse_poll(&text) {
            prop_assert!((POLL_SEC_MIN..=POLL_SEC_MAX).contains(&poll.as_secs_f64()));
        }
    }
}
