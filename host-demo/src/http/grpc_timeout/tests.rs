use crate::http::rejection::ErrorForm;
use proptest::prelude::*;

use super::*;

fn timeout_of(values: &[&str]) -> Result<Option<Duration>, GrpcTimeoutError> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(GRPC_TIMEOUT, HeaderValue::from_str(value).unwrap());
    }
    grpc_timeout(&headers)
}

#[test]
fn each_unit_is_known() {
    for (text, nanoseconds) in [
        ("2H", 7_200_000_000_000),
        ("2M", 120_000_000_000),
        ("2S", 2_000_000_000),
        ("2m", 2_000_000),
        ("2u", 2_000),
        ("2n", 2),
        ("0S", 0),
        ("00000007n", 7),
    ] {
        let expected = Duration::from_nanos(nanoseconds);
        assert_eq!(timeout_of(&[text]), Ok(Some(expected)), "{text}");
    }
}

#[test]
fn the_longest_timeout_is_counted_exactly() {
    let expected = Duration::from_secs(99_999_999 * 3600);
    assert_eq!(timeout_of(&["99999999H"]), Ok(Some(expected)));
}

#[test]
fn a_call_without_the_header_has_no_timeout() {
    assert_eq!(timeout_of(&[]), Ok(None));
}

#[test]
fn what_is_no_timeout_is_refused() {
    use GrpcTimeoutError::{Digits, Repeated, Unit};
    for (values, expected) in [
        (&[""][..], Digits),
        (&["S"], Digits),
        (&["123456789S"], Digits),
        (&["-1S"], Digits),
        (&["+1S"], Digits),
        (&["1.5S"], Digits),
        (&["1 S"], Digits),
        (&["1"], Unit),
        (&["1s"], Unit),
        (&["1h"], Unit),
        (&["1S "], Unit),
        (&["1S", "1S"], Repeated),
    ] {
        assert_eq!(timeout_of(values), Err(expected), "{values:?}");
    }
}

#[test]
fn a_malformed_timeout_ends_the_call_with_internal() {
    let response = Rejection::from(GrpcTimeoutError::Unit).into_response(ErrorForm::Grpc);
    assert_eq!(response.headers()["grpc-status"], "13");
}

proptest! {
    #[test]
    fn any_number_of_up_to_8_digits_is_read(number in 0_u64..=99_999_999, unit in 0_usize..6) {
        let (letter, nanoseconds) = [
            ("H", 3_600_000_000_000_u128),
            ("M", 60_000_000_000),
            ("S", 1_000_000_000),
            ("m", 1_000_000),
            ("u", 1_000),
            ("n", 1),
        ][unit];
        let timeout = timeout_of(&[&format!("{number}{letter}")]).unwrap().unwrap();
        prop_assert_eq!(timeout.as_nanos(), u128::from(number) * nanoseconds);
    }

    #[test]
    fn any_header_is_read_or_refused(bytes in proptest::collection::vec(32_u8..=255, 0..12)) {
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let is_valid = parse(&value).is_ok();
            let (unit, digits) = bytes.split_last().map_or((b' ', &[][..]), |(u, d)| (*u, d));
            let expected = b"HMSmun".contains(&unit)
                && (1..=8).contains(&digits.len())
                && digits.iter().all(u8::is_ascii_digit);
            prop_assert_eq!(is_valid, expected);
        }
    }
}
