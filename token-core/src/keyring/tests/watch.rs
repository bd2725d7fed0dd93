//! What is done before a key expires, and when it does.

use std::time::Duration;

use super::{HOUR_MICROS, Ring, hand_over::successor};
use crate::{ExpiringKind, ExpiryWatch, HAND_OVER_VERSION, KeyKind, KeyStatus, Lifetime};

const MINUTE_MICROS: i64 = 60_000_000;
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

const SOON: [&str; 2] = [
    "management expires soon: 2024-02-16T21:12:24.801167Z",
    "inference expires soon: 2024-02-16T21:12:24.801167Z",
];
const EXPIRED: [&str; 2] = [
    "management expired: 2024-02-16T21:12:24.801167Z",
    "inference expired: 2024-02-16T21:12:24.801167Z",
];
const NOTHING: [&str; 0] = [];

/// With keys for an hour, which were looked at.
fn watched(watch: &mut ExpiryWatch) -> Ring {
    let ring = Ring::new();
    ring.generate();
    watch.attend(&ring.keyring);
    ring.events.take();
    ring
}

fn minutes(minutes: f64) -> Option<Lifetime> {
    Some(Lifetime::from_minutes(minutes).unwrap())
}

#[test]
fn each_key_is_reported_once_ten_minutes_before_its_end_and_once_at_its_end() {
    let mut watch = ExpiryWatch::new(None);
    let ring = watched(&mut watch);
    let mut said_after = |micros| {
        ring.clock.run(micros);
        watch.attend(&ring.keyring);
        watch.attend(&ring.keyring);
        ring.events.take()
    };
    assert_eq!(said_after(50 * MINUTE_MICROS - 1), NOTHING);
    assert_eq!(said_after(1), SOON);
    assert_eq!(said_after(10 * MINUTE_MICROS - 1), NOTHING);
    assert_eq!(said_after(1), EXPIRED);
    assert_eq!(said_after(10 * HOUR_MICROS), NOTHING);
}

#[test]
fn a_clock_that_is_set_forward_ends_a_key_and_set_back_does_not_report_it_again() {
    let mut watch = ExpiryWatch::new(None);
    let ring = watched(&mut watch);
    let mut said_after = |micros| {
        ring.clock.set_wall_by(micros);
        watch.attend(&ring.keyring);
        ring.events.take()
    };
    assert_eq!(said_after(55 * MINUTE_MICROS), SOON);
    assert_eq!(said_after(-55 * MINUTE_MICROS), NOTHING);
    assert_eq!(said_after(55 * MINUTE_MICROS), NOTHING);
    assert_eq!(said_after(HOUR_MICROS), EXPIRED);
    assert_eq!(said_after(-5 * HOUR_MICROS), NOTHING);
    assert_eq!(said_after(5 * HOUR_MICROS), NOTHING);
}

#[test]
fn after_a_suspension_past_both_only_the_end_is_reported() {
    let mut watch = ExpiryWatch::new(None);
    let ring = watched(&mut watch);
    ring.clock.suspend(2 * HOUR_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), EXPIRED);
}

/// The line about its start says when it ends.
#[test]
fn a_key_for_less_than_the_notice_is_reported_at_its_end_alone() {
    let mut watch = ExpiryWatch::new(None);
    let ring = Ring::new();
    ring.keyring.set_lifetime(minutes(5.0).unwrap());
    ring.generate();
    watch.attend(&ring.keyring);
    ring.clock.run(MINUTE_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), ["generated"]);
    ring.clock.run(4 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take().len(), 2);
}

#[test]
fn a_new_key_is_watched_anew_and_the_replaced_one_no_more() {
    let mut watch = ExpiryWatch::new(None);
    let ring = watched(&mut watch);
    ring.clock.run(55 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    ring.rotate(ExpiringKind::Management);
    ring.events.take();
    watch.attend(&ring.keyring);
    ring.clock.run(5 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), [EXPIRED[1]]);
    ring.clock.run(45 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(
        ring.events.take(),
        ["management expires soon: 2024-02-16T22:07:24.801167Z"]
    );
}

#[test]
fn the_next_look_is_when_something_is_due_and_never_far_away() {
    let mut watch = ExpiryWatch::new(None);
    let ring = Ring::new();
    assert_eq!(watch.attend(&ring.keyring), LONGEST_PAUSE);
    ring.generate();
    assert_eq!(watch.attend(&ring.keyring), LONGEST_PAUSE);
    ring.clock.run(50 * MINUTE_MICROS - 3_000_000);
    assert_eq!(watch.attend(&ring.keyring), Duration::from_secs(3));
    ring.clock.run(10 * MINUTE_MICROS);
    assert_eq!(watch.attend(&ring.keyring), Duration::from_secs(3));
    ring.clock.run(3_000_000);
    assert_eq!(watch.attend(&ring.keyring), LONGEST_PAUSE);
    ring.keyring.close();
    ring.events.take();
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), NOTHING);
}

#[test]
fn keys_are_replaced_before_they_expire_if_that_is_wanted() {
    let mut watch = ExpiryWatch::new(minutes(5.0));
    let ring = watched(&mut watch);
    let old = ring.stored();
    ring.clock.run(55 * MINUTE_MICROS - 1);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), NOTHING);
    assert_eq!(ring.stored(), old);
    ring.clock.run(1);
    watch.attend(&ring.keyring);
    watch.attend(&ring.keyring);
    assert_eq!(
        ring.events.take(),
        [
            "management until 2024-02-16T22:07:24.801167Z",
            "inference until 2024-02-16T22:07:24.801167Z"
        ]
    );
    let new = ring.stored();
    for (kind, old, new) in [
        (KeyKind::Management, &old.management, &new.management),
        (KeyKind::Inference, &old.inference, &new.inference),
    ] {
        assert_eq!(ring.check(kind, old), KeyStatus::Invalid);
        assert_eq!(ring.check(kind, new), KeyStatus::Valid);
    }
    assert_eq!(new.api, old.api);
}

#[test]
fn a_replacement_that_fails_is_repeated_every_minute_and_the_end_is_reported() {
    let mut watch = ExpiryWatch::new(minutes(5.0));
    let ring = watched(&mut watch);
    let old = ring.stored();
    ring.memory.set_broken(true);
    ring.clock.run(56 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    watch.attend(&ring.keyring);
    let failed = ring.events.take();
    assert_eq!(failed.len(), 2);
    assert!(failed[0].starts_with("management failed: "));
    assert_eq!(
        ring.check(KeyKind::Management, &old.management),
        KeyStatus::Valid
    );
    ring.clock.run(MINUTE_MICROS - 1);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take(), NOTHING);
    ring.clock.run(1);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take().len(), 2);
    ring.clock.run(3 * MINUTE_MICROS);
    watch.attend(&ring.keyring);
    let said = ring.events.take();
    assert_eq!(said.len(), 4);
    assert_eq!(
        (said[1].as_str(), said[3].as_str()),
        (EXPIRED[0], EXPIRED[1])
    );
    ring.memory.set_broken(false);
    ring.clock.run(MINUTE_MICROS);
    watch.attend(&ring.keyring);
    assert_eq!(ring.events.take().len(), 2);
    assert_ne!(ring.stored(), old);
}

/// The host keeps `/token` from replacing keys then, and knows nothing of this.
#[test]
fn no_key_is_replaced_while_another_build_may_go_on_with_the_keys() {
    let mut watch = ExpiryWatch::new(minutes(5.0));
    let old = watched(&mut watch);
    let keys = old.stored();
    old.clock.run(54 * MINUTE_MICROS);
    let handed_over = old.keyring.hand_over().unwrap();
    let (new, _) = successor(&old);
    assert!(new.take_over(HAND_OVER_VERSION, &handed_over));
    let mut watch_of_new = ExpiryWatch::new(minutes(5.0));
    old.clock.run(MINUTE_MICROS - 1);
    watch.attend(&old.keyring);
    watch_of_new.attend(&new);
    assert_eq!(old.stored(), keys);
    old.keyring.retire();
    old.clock.run(1);
    watch.attend(&old.keyring);
    assert_eq!(old.stored(), keys);
    watch_of_new.attend(&new);
    assert_ne!(old.stored(), keys);
}

#[test]
fn what_the_previous_build_reported_is_not_reported_again() {
    let mut watch = ExpiryWatch::new(None);
    let old = watched(&mut watch);
    old.clock.run(55 * MINUTE_MICROS);
    watch.attend(&old.keyring);
    assert_eq!(old.events.take(), SOON);
    let (new, events) = successor(&old);
    assert!(new.take_over(HAND_OVER_VERSION, &old.keyring.hand_over().unwrap()));
    old.keyring.retire();
    let mut watch = ExpiryWatch::new(None);
    watch.attend(&new);
    assert_eq!(events.take(), ["taken over"]);
    old.clock.run(5 * MINUTE_MICROS);
    watch.attend(&new);
    assert_eq!(events.take(), EXPIRED);
}
