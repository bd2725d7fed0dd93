//! Checks of one key's end in every order: run with `cargo xtask loom`.

use std::sync::Arc;

use loom::{
    model,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::Expiry;
use crate::{Clock as _, Lifetime, testing::ManualClock};

const HOUR_MICROS: i64 = 3_600_000_000;

fn for_an_hour(clock: &ManualClock) -> Arc<Expiry> {
    Arc::new(Expiry::after(Lifetime::default(), clock.read()).unwrap())
}

/// A check that began before grants a lease; that must not outlive what the other one found.
#[test]
fn a_key_once_found_expired_stays_so_whatever_another_check_found() {
    model(|| {
        let clock = ManualClock::new();
        let expiry = for_an_hour(&clock);
        let was_found = Arc::new(AtomicBool::new(false));
        let other = {
            let (expiry, clock) = (Arc::clone(&expiry), clock.clone());
            let was_found = Arc::clone(&was_found);
            thread::spawn(move || {
                clock.set_wall_by(HOUR_MICROS);
                assert!(expiry.has_passed(&clock));
                clock.set_wall_by(-HOUR_MICROS);
                was_found.store(true, Ordering::Release);
            })
        };
        let _ = expiry.has_passed(&clock);
        if was_found.load(Ordering::Acquire) {
            assert!(expiry.has_passed(&clock));
        }
        other.join().unwrap();
        assert!(expiry.has_passed(&clock));
        assert!(expiry.deadline().has_expired);
    });
}

/// Two checks grant leases at the same time, before and after the wall clock was set.
#[test]
fn no_lease_hides_that_the_wall_clock_was_set() {
    model(|| {
        let clock = ManualClock::new();
        let expiry = for_an_hour(&clock);
        let other = {
            let (expiry, clock) = (Arc::clone(&expiry), clock.clone());
            thread::spawn(move || {
                clock.set_wall_by(HOUR_MICROS / 2);
                assert!(!expiry.has_passed(&clock));
            })
        };
        assert!(!expiry.has_passed(&clock));
        other.join().unwrap();
        clock.set_wall_by(HOUR_MICROS / 2);
        assert!(expiry.has_passed(&clock));
    });
}
