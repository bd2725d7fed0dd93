use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::{DRIFT_MAX_MICROS, Expiry, LEASE_MICROS, SPARE_MICROS};
use crate::{
    clock::{COARSE_LAG_MAX_MICROS, Clock, Reading},
    lifetime::Lifetime,
    testing::ManualClock,
};

const HOUR_MICROS: i64 = 3_600_000_000;

fn one_hour_from_now(clock: &ManualClock) -> Expiry {
    Expiry::after(Lifetime::default(), clock.read()).unwrap()
}

#[test]
fn a_key_is_valid_until_one_instant_before_its_expiration_and_not_at_it_nor_after() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    clock.run(HOUR_MICROS - 1);
    assert!(!expiry.has_passed(&clock));
    clock.run(1);
    assert!(expiry.has_passed(&clock));
    clock.run(1);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn the_text_is_the_first_instant_at_which_the_key_is_rejected() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    assert_eq!(expiry.text(), "2024-02-16T21:12:24.801167Z");
    clock.run(HOUR_MICROS - 1);
    assert!(!expiry.has_passed(&clock));
    clock.run(1);
    let now = DateTime::from_timestamp_micros(clock.read().wall_micros).unwrap();
    assert_eq!(expiry.text().parse::<DateTime<Utc>>().unwrap(), now);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn setting_the_wall_clock_back_extends_no_key() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    clock.run(HOUR_MICROS / 2);
    clock.set_wall_by(-10 * HOUR_MICROS);
    clock.run(HOUR_MICROS / 2 - 1);
    assert!(!expiry.has_passed(&clock));
    clock.run(1);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn setting_the_wall_clock_forward_expires_a_key_at_once_even_during_a_lease() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    assert!(!expiry.has_passed(&clock));
    clock.set_wall_by(HOUR_MICROS);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn a_key_once_found_expired_stays_so_when_the_wall_clock_is_set_back() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    clock.set_wall_by(HOUR_MICROS);
    assert!(expiry.has_passed(&clock));
    clock.set_wall_by(-HOUR_MICROS);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn the_time_that_a_machine_is_suspended_counts() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    assert!(!expiry.has_passed(&clock));
    clock.suspend(HOUR_MICROS);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn the_time_suspended_counts_though_the_wall_clock_was_set_back_before() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    clock.set_wall_by(-HOUR_MICROS);
    assert!(!expiry.has_passed(&clock));
    clock.suspend(HOUR_MICROS);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn the_time_suspended_counts_though_the_wall_clock_is_set_back_after() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    assert!(!expiry.has_passed(&clock));
    clock.suspend(HOUR_MICROS);
    clock.set_wall_by(-HOUR_MICROS - DRIFT_MAX_MICROS - 1);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn a_suspension_hidden_by_setting_the_wall_clock_back_exactly_is_detected_when_the_lease_is_over() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    assert!(!expiry.has_passed(&clock));
    clock.suspend(HOUR_MICROS);
    clock.set_wall_by(-HOUR_MICROS);
    clock.run(LEASE_MICROS);
    assert!(expiry.has_passed(&clock));
}

#[test]
fn close_to_the_expiration_every_check_reads_the_exact_clocks() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    clock.run(HOUR_MICROS - SPARE_MICROS);
    let before = clock.readings();
    for _ in 0..3 {
        assert!(!expiry.has_passed(&clock));
    }
    assert_eq!(clock.readings(), before + 3);
}

#[test]
fn coarse_readings_are_sufficient_during_a_lease_and_do_not_renew_it() {
    let clock = ManualClock::new();
    let expiry = one_hour_from_now(&clock);
    let before = clock.readings();
    assert!(!expiry.has_passed(&clock));
    clock.run(LEASE_MICROS - 1);
    assert!(!expiry.has_passed(&clock));
    assert_eq!(clock.readings(), before + 1);
    clock.run(1);
    assert!(!expiry.has_passed(&clock));
    assert_eq!(clock.readings(), before + 2);
}

#[test]
fn a_lifetime_shorter_than_a_lease_is_exact_too() {
    let clock = ManualClock::new();
    let lifetime = Lifetime::from_minutes(0.001).unwrap();
    let expiry = Expiry::after(lifetime, clock.read()).unwrap();
    for _ in 0..60 {
        assert!(!expiry.has_passed(&clock));
        clock.run(1_000);
    }
    assert!(expiry.has_passed(&clock));
}

#[test]
fn a_clock_beyond_the_year_9999_or_before_the_year_0_makes_no_key() {
    for wall_micros in [
        i64::MAX,
        i64::MIN,
        253_402_300_799_999_999 - HOUR_MICROS + 1,
        -62_167_219_200_000_000 - HOUR_MICROS - 1,
    ] {
        let now = Reading {
            wall_micros,
            boot_micros: 0,
        };
        assert!(Expiry::after(Lifetime::default(), now).is_err());
    }
    let last = Reading {
        wall_micros: 253_402_300_799_999_999 - HOUR_MICROS,
        boot_micros: 0,
    };
    let expiry = Expiry::after(Lifetime::default(), last).unwrap();
    assert_eq!(expiry.text(), "9999-12-31T23:59:59.999999Z");
}

#[derive(Clone, Debug)]
enum Event {
    Run(i64),
    Suspend(i64),
    SetWallBy(i64),
    LagBy(i64),
}

fn event() -> impl Strategy<Value = Event> {
    // Small steps as well as large ones, so that the instants around the expiration occur.
    let step = prop_oneof![0..3i64, 0..200_000i64, 0..5_000_000i64];
    prop_oneof![
        4 => step.clone().prop_map(Event::Run),
        1 => (-2_000_000..2_000_000i64).prop_map(Event::SetWallBy),
        1 => step.prop_map(Event::Suspend),
        2 => (0..=COARSE_LAG_MAX_MICROS).prop_map(Event::LagBy),
    ]
}

proptest! {
    #[test]
    fn the_text_is_the_exact_instant_with_six_digits_whenever_the_key_was_made(
        wall_micros in -62_167_219_200_000_000..253_000_000_000_000_000i64,
        minutes in 0.000_001..1_000_000.0,
    ) {
        let lifetime = Lifetime::from_minutes(minutes).unwrap();
        let now = Reading { wall_micros, boot_micros: 0 };
        let text = Expiry::after(lifetime, now).unwrap().text();
        prop_assert_eq!(text.len(), "2024-02-16T21:12:24.801167Z".len());
        prop_assert!(text.ends_with('Z'));
        let read = text.parse::<DateTime<Utc>>().unwrap();
        prop_assert_eq!(read.timestamp_micros(), wall_micros + lifetime.micros());
    }

    /// The rule itself, without leases and coarse readings, which must agree with it.
    #[test]
    fn whatever_happens_to_the_clocks_a_key_has_expired_exactly_when_the_rule_says_so(
        lifetime_micros in 1..9_000_000i64,
        events in proptest::collection::vec(event(), 1..100),
    ) {
        let clock = ManualClock::new();
        let lifetime = Lifetime::from_minutes(lifetime_micros as f64 / 60e6).unwrap();
        let start = clock.read();
        let expiry = Expiry::after(lifetime, start).unwrap();
        let (mut expired, mut ahead, mut slept) = (false, 0, 0);
        let mut past = vec![(0, 0)];
        for event in events {
            match event {
                Event::Run(micros) => clock.run(micros),
                Event::Suspend(micros) => {
                    clock.suspend(micros);
                    (ahead, slept) = (ahead + micros, slept + micros);
                }
                Event::SetWallBy(micros) => {
                    clock.set_wall_by(micros);
                    ahead += micros;
                }
                Event::LagBy(micros) => clock.lag_by(micros),
            }
            // The documented exception: suspended, and the wall clock set back by just that time.
            let is_exception = |&(ahead_then, slept_then): &(i64, i64)| {
                slept - slept_then > DRIFT_MAX_MICROS
                    && (ahead - ahead_then).abs() <= DRIFT_MAX_MICROS
            };
            if past.iter().any(is_exception) {
                break;
            }
            past.push((ahead, slept));
            let now = clock.read();
            expired |= now.wall_micros - start.wall_micros >= lifetime.micros()
                || now.boot_micros - start.boot_micros >= lifetime.micros();
            prop_assert_eq!(expiry.has_passed(&clock), expired);
        }
    }
}
