use std::num::NonZeroUsize;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Ejected after 3 failures, for 10 to 60 seconds.
fn health() -> ReplicaHealth {
    ReplicaHealth::new(Some(UpstreamEjection {
        failures_max: NonZeroUsize::new(3).unwrap(),
        duration: 10 * SECOND,
        duration_max: 60 * SECOND,
    }))
}

fn ejected() -> ReplicaHealth {
    let health = health();
    for _ in 0..3 {
        health.record_failure(ReplicaAdmission::Regular, Duration::ZERO);
    }
    assert!(!health.is_up());
    health
}

#[test]
fn a_replica_is_ejected_after_failures_in_a_row() {
    let health = health();
    let fail = || health.record_failure(ReplicaAdmission::Regular, SECOND);
    assert_eq!([fail(), fail()], [HealthChange::None; 2]);
    // A response between them begins anew.
    assert_eq!(health.record_response(), HealthChange::None);
    assert_eq!([fail(), fail()], [HealthChange::None; 2]);
    assert_eq!(health.admit(SECOND), Some(ReplicaAdmission::Regular));
    assert_eq!(fail(), HealthChange::WentDown);
    assert_eq!(health.admit(SECOND), None);
    assert!(!health.is_up());
    assert_eq!(health.ejections(), 1);
}

#[test]
fn a_request_that_was_sent_before_the_ejection_does_not_prolong_it() {
    let health = ejected();
    let change = health.record_failure(ReplicaAdmission::Regular, 9 * SECOND);
    assert_eq!(change, HealthChange::None);
    assert_eq!(health.ejections(), 1);
    assert!(health.is_available(10 * SECOND));
}

#[test]
fn one_request_at_a_time_tries_an_ejected_replica() {
    let health = ejected();
    assert_eq!(health.admit(10 * SECOND - Duration::from_millis(1)), None);
    assert_eq!(health.admit(10 * SECOND), Some(ReplicaAdmission::Trial));
    assert_eq!(health.admit(10 * SECOND), None);
    assert!(!health.is_up());
    assert_eq!(health.record_response(), HealthChange::CameUp);
    assert_eq!(health.admit(10 * SECOND), Some(ReplicaAdmission::Regular));
    assert_eq!(health.admit(10 * SECOND), Some(ReplicaAdmission::Regular));
}

#[test]
fn a_trial_without_an_outcome_lets_another_one_follow() {
    let health = ejected();
    assert_eq!(health.admit(10 * SECOND), Some(ReplicaAdmission::Trial));
    let next = (11..60).find(|&second| health.is_available(second * SECOND));
    assert_eq!(next, Some(30));
    assert_eq!(health.admit(30 * SECOND), Some(ReplicaAdmission::Trial));
}

#[test]
fn an_ejection_takes_twice_as_long_after_each_trial_that_fails_up_to_a_bound() {
    let health = ejected();
    let mut now = 10 * SECOND;
    for expected in [20, 40, 60, 60, 60] {
        assert_eq!(health.admit(now), Some(ReplicaAdmission::Trial));
        let change = health.record_failure(ReplicaAdmission::Trial, now);
        assert_eq!(change, HealthChange::None);
        now += expected * SECOND;
        assert!(!health.is_available(now - Duration::from_millis(1)));
        assert!(health.is_available(now));
    }
    // After a response, it begins with the shortest one again.
    assert_eq!(health.admit(now), Some(ReplicaAdmission::Trial));
    assert_eq!(health.record_response(), HealthChange::CameUp);
    for _ in 0..3 {
        health.record_failure(ReplicaAdmission::Regular, now);
    }
    assert!(health.is_available(now + 10 * SECOND));
}

#[test]
fn a_replica_is_down_from_a_failed_probe_until_one_succeeds() {
    let health = health();
    assert_eq!(health.record_probe(true), HealthChange::None);
    assert_eq!(health.record_probe(false), HealthChange::WentDown);
    assert_eq!(health.record_probe(false), HealthChange::None);
    assert_eq!(health.admit(1_000 * SECOND), None);
    // A response to an earlier request is no probe.
    assert_eq!(health.record_response(), HealthChange::None);
    assert_eq!(health.admit(1_000 * SECOND), None);
    assert_eq!(health.record_probe(true), HealthChange::CameUp);
    assert_eq!(health.record_probe(true), HealthChange::None);
    assert_eq!(
        health.admit(1_000 * SECOND),
        Some(ReplicaAdmission::Regular)
    );
    assert_eq!(health.ejections(), 0);
}

#[test]
fn a_probe_that_succeeds_after_one_that_failed_ends_an_ejection_and_no_other_does() {
    let health = ejected();
    assert_eq!(health.record_probe(true), HealthChange::None);
    assert!(!health.is_up());
    assert_eq!(health.record_probe(false), HealthChange::None);
    assert_eq!(health.admit(1_000 * SECOND), None);
    assert_eq!(health.record_probe(true), HealthChange::CameUp);
    assert_eq!(health.admit(SECOND), Some(ReplicaAdmission::Regular));
}

#[test]
fn a_replica_without_another_one_is_never_ejected() {
    let health = ReplicaHealth::new(None);
    for _ in 0..1_000 {
        let change = health.record_failure(ReplicaAdmission::Regular, SECOND);
        assert_eq!(change, HealthChange::None);
    }
    assert_eq!(health.admit(SECOND), Some(ReplicaAdmission::Regular));
}

#[test]
fn threads_report_each_change_once() {
    let health = health();
    let changes = |record: &(dyn Fn() -> HealthChange + Sync)| {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(record)).collect();
            let changes = threads.into_iter().map(|thread| thread.join().unwrap());
            changes.filter(|&one| one != HealthChange::None).count()
        })
    };
    for _ in 0..50 {
        let failed = changes(&|| health.record_failure(ReplicaAdmission::Regular, SECOND));
        assert_eq!(failed, 1);
        assert_eq!(changes(&|| health.record_response()), 1);
        assert_eq!(changes(&|| health.record_probe(false)), 1);
        assert_eq!(changes(&|| health.record_probe(true)), 1);
    }
}
