//! The counters of one serving thread.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

use http::StatusCode;

use super::{
    labels::{CheckOutcome, KeyKind},
    principals::KeyCounters,
};

const STATUS_MIN: u16 = 100;
/// 100 to 599 have a counter each; the last one is for all others, which an upstream may send.
const STATUS_COUNTERS: usize = 501;
const OTHER_STATUS: usize = STATUS_COUNTERS - 1;

/// Counters that only one thread adds to, so that no processor waits for another's cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct WorkerMetrics {
    /// One row for each listener.
    requests: Box<[[AtomicU64; STATUS_COUNTERS]]>,
    checks: [[AtomicU64; CheckOutcome::ALL.len()]; KeyKind::ALL.len()],
    keys: KeyCounters,
}

/// The number of a listener. Only [`Metrics::new`](super::Metrics::new) makes them, one for each name
/// that it gets, so that each has its counters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenerId(pub(super) usize);

/// A status, or one outside of 100 to 599.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Status {
    Known(u16),
    Other,
}

impl WorkerMetrics {
    pub(super) fn new(listeners: usize) -> Self {
        let zero = || [const { AtomicU64::new(0) }; STATUS_COUNTERS];
        Self {
            requests: (0..listeners).map(|_| zero()).collect(),
            checks: [const { [const { AtomicU64::new(0) }; CheckOutcome::ALL.len()] };
                KeyKind::ALL.len()],
            keys: KeyCounters::new(),
        }
    }

    /// A response was sent on this listener.
    pub(crate) fn count_request(&self, listener: ListenerId, status: StatusCode) {
        let number = usize::from(status.as_u16().saturating_sub(STATUS_MIN)).min(OTHER_STATUS);
        if let Some(counter) = self
            .requests
            .get(listener.0)
            .and_then(|row| row.get(number))
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A request of this key was answered.
    pub(crate) fn count_key(&self, key: NonZeroU64) {
        self.keys.count(key);
    }

    /// A token check decided.
    pub(crate) fn count_token_check(&self, kind: KeyKind, outcome: CheckOutcome) {
        self.checks[kind as usize][outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) const fn keys(&self) -> &KeyCounters {
        &self.keys
    }

    /// Requests of a listener by status, without those of which there were none.
    pub(super) fn requests(&self, listener: ListenerId) -> impl Iterator<Item = (Status, u64)> {
        let counters = self.requests.get(listener.0).into_iter().flatten();
        let counts = counters.map(|counter| counter.load(Ordering::Relaxed));
        (STATUS_MIN..)
            .zip(counts)
            .filter(|&(_, count)| count > 0)
            .map(|(status, count)| match usize::from(status - STATUS_MIN) {
                OTHER_STATUS => (Status::Other, count),
                _ => (Status::Known(status), count),
            })
    }

    pub(super) fn token_checks(&self, kind: KeyKind, outcome: CheckOutcome) -> u64 {
        self.checks[kind as usize][outcome as usize].load(Ordering::Relaxed)
    }
}
