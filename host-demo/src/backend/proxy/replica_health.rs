//! Whether a replica gets requests: a state of atomic numbers that all threads share.
//!
//! A replica is down while its last probe failed, and while it is ejected: after so many failed
//! requests in a row. When the time of the ejection has passed, one request at a time tries it; a
//! response ends the ejection, a failure begins one of twice the time.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use crate::config::UpstreamEjection;

/// The last probe failed.
const PROBE_FAILED: u64 = 1;

/// The health of one replica. All times are since one fixed moment.
#[derive(Debug)]
pub(super) struct ReplicaHealth {
    /// None for a replica that is never ejected, as there is no other one.
    ejection: Option<UpstreamEjection>,
    /// [`PROBE_FAILED`] in the lowest bit; above it the end of the ejection in milliseconds, or 0
    /// if there is none. 0 as a whole is a replica that is up.
    state: AtomicU64,
    /// Failed requests since the last response.
    failures: AtomicUsize,
    /// Ejections since the last response, of which each is longer.
    ejections_in_row: AtomicU32,
    ejections: AtomicU64,
}

/// How a request gets at a replica.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ReplicaAdmission {
    /// As all others.
    Regular,
    /// As the one that tries an ejected replica.
    Trial,
}

/// What a request or a probe changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HealthChange {
    None,
    /// The replica was up.
    WentDown,
    /// The replica was down.
    CameUp,
}

impl ReplicaHealth {
    /// A replica that is up.
    pub(super) const fn new(ejection: Option<UpstreamEjection>) -> Self {
        Self {
            ejection,
            state: AtomicU64::new(0),
            failures: AtomicUsize::new(0),
            ejections_in_row: AtomicU32::new(0),
            ejections: AtomicU64::new(0),
        }
    }

    /// Whether it is neither ejected nor was its last probe a failure.
    pub(super) fn is_up(&self) -> bool {
        self.state.load(Ordering::Acquire) == 0
    }

    /// Whether a request may be sent to it: it is up, or may be tried.
    pub(super) fn is_available(&self, now: Duration) -> bool {
        let state = self.state.load(Ordering::Acquire);
        state & PROBE_FAILED == 0 && ejected_until(state) <= milliseconds(now)
    }

    /// Lets a request at the replica, if it is available: one that is up takes any, and one that
    /// was ejected one at a time.
    pub(super) fn admit(&self, now: Duration) -> Option<ReplicaAdmission> {
        let state = self.state.load(Ordering::Acquire);
        if state == 0 {
            return Some(ReplicaAdmission::Regular);
        }
        if !self.is_available(now) {
            return None;
        }
        // No other request comes until this one has its outcome, or has none for as long.
        let next = with_ejection(state, now + self.ejection_time());
        let claimed = self
            .state
            .compare_exchange(state, next, Ordering::AcqRel, Ordering::Acquire);
        claimed.is_ok().then_some(ReplicaAdmission::Trial)
    }

    /// The replica responded.
    pub(super) fn record_response(&self) -> HealthChange {
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        if self.is_up() {
            return HealthChange::None;
        }
        self.ejections_in_row.store(0, Ordering::Relaxed);
        self.change(|state| with_ejection(state, Duration::ZERO))
    }

    /// A request failed for a reason that may lie in the replica.
    pub(super) fn record_failure(
        &self,
        admission: ReplicaAdmission,
        now: Duration,
    ) -> HealthChange {
        let Some(ejection) = self.ejection else {
            return HealthChange::None;
        };
        let failures = self.failures.fetch_add(1, Ordering::Relaxed);
        let is_over = failures.saturating_add(1) >= ejection.failures_max.get();
        match admission {
            ReplicaAdmission::Trial => self.eject(now, |_| true),
            // One that was sent before the ejection says nothing new.
            ReplicaAdmission::Regular if is_over => self.eject(now, |until| until == 0),
            ReplicaAdmission::Regular => HealthChange::None,
        }
    }

    /// A probe has its outcome. One that succeeds after one that failed ends an ejection too: the
    /// replica was restarted.
    pub(super) fn record_probe(&self, is_success: bool) -> HealthChange {
        if !is_success {
            return self.change(|state| state | PROBE_FAILED);
        }
        if self.state.load(Ordering::Acquire) & PROBE_FAILED == 0 {
            return HealthChange::None;
        }
        self.failures.store(0, Ordering::Relaxed);
        self.ejections_in_row.store(0, Ordering::Relaxed);
        self.change(|_| 0)
    }

    /// How often it was ejected.
    pub(super) fn ejections(&self) -> u64 {
        self.ejections.load(Ordering::Relaxed)
    }

    /// Ejects the replica if `applies` to the end of its ejection so far, 0 if there is none.
    fn eject(&self, now: Duration, applies: impl Fn(u64) -> bool) -> HealthChange {
        let until = now + self.ejection_time();
        let ejected = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
                applies(ejected_until(state)).then(|| with_ejection(state, until))
            });
        let Ok(before) = ejected else {
            return HealthChange::None;
        };
        self.ejections.fetch_add(1, Ordering::Relaxed);
        // Far below the largest number: each takes longer than the one before.
        self.ejections_in_row.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            HealthChange::WentDown
        } else {
            HealthChange::None
        }
    }

    /// How long the next ejection takes.
    fn ejection_time(&self) -> Duration {
        let Some(ejection) = self.ejection else {
            return Duration::ZERO;
        };
        let doublings = self.ejections_in_row.load(Ordering::Relaxed);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        ejection
            .duration
            .saturating_mul(factor)
            .min(ejection.duration_max)
    }

    fn change(&self, next: impl Fn(u64) -> u64) -> HealthChange {
        let changed = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |state| {
                Some(next(state))
            });
        let before = changed.unwrap_or_else(|state| state);
        match (before, next(before)) {
            (0, 1..) => HealthChange::WentDown,
            (1.., 0) => HealthChange::CameUp,
            _ => HealthChange::None,
        }
    }
}

const fn ejected_until(state: u64) -> u64 {
    state >> 1
}

/// The state with another end of the ejection; zero is none.
fn with_ejection(state: u64, until: Duration) -> u64 {
    (milliseconds(until) << 1) | (state & PROBE_FAILED)
}

fn milliseconds(since_start: Duration) -> u64 {
    u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX >> 1)
}

#[cfg(test)]
mod tests;
