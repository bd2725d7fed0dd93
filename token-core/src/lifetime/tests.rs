use proptest::prelude::*;

use super::Lifetime;

#[test]
fn a_quarter_of_a_minute_is_fifteen_seconds() {
    assert_eq!(Lifetime::from_minutes(0.25).unwrap().micros(), 15_000_000);
}

#[test]
fn sixty_minutes_are_the_default() {
    assert_eq!(Lifetime::from_minutes(60.0).unwrap(), Lifetime::default());
}

#[test]
fn the_smallest_number_above_zero_is_one_microsecond() {
    assert_eq!(
        Lifetime::from_minutes(f64::from_bits(1)).unwrap().micros(),
        1
    );
}

#[test]
fn a_number_that_is_not_finite_or_not_above_zero_is_rejected_with_its_value() {
    for (minutes, text) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (-1.5, "-1.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (Lifetime::MAX_MINUTES.next_up(), "52560000.00000001"),
    ] {
        let message = Lifetime::from_minutes(minutes).unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "token lifetime of {text} minutes: \
                 expected a number above 0 and at most 52560000"
            )
        );
    }
}

proptest! {
    #[test]
    fn every_number_is_a_lifetime_within_the_limits_or_rejected(minutes in any::<f64>()) {
        let within = minutes > 0.0 && minutes <= Lifetime::MAX_MINUTES;
        match Lifetime::from_minutes(minutes) {
            Ok(lifetime) => {
                prop_assert!(within);
                prop_assert!((1..=3_153_600_000_000_000).contains(&lifetime.micros()));
            }
            Err(_) => prop_assert!(!within),
        }
    }

    #[test]
    fn more_minutes_never_give_a_shorter_lifetime(
        one in 0.000_001..Lifetime::MAX_MINUTES,
        other in 0.000_001..Lifetime::MAX_MINUTES,
    ) {
        let (shorter, longer) = if one <= other { (one, other) } else { (other, one) };
        prop_assert!(
            Lifetime::from_minutes(shorter).unwrap() <= Lifetime::from_minutes(longer).unwrap()
        );
    }
}
