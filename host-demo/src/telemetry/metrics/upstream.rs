//! What a serving thread counts of its connections to upstreams.

use std::sync::atomic::{AtomicU64, Ordering};

use super::labels::ConnectFailure;

/// The counters of one serving thread.
#[derive(Debug, Default)]
pub(crate) struct UpstreamMetrics {
    pub(super) opened: AtomicU64,
    reused: AtomicU64,
    retried: AtomicU64,
    /// The connections that are open now.
    pub(super) open: AtomicU64,
    /// Those of them that have no request.
    pub(super) idle: AtomicU64,
    failures: [AtomicU64; ConnectFailure::ALL.len()],
}

/// The sums of several threads.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct UpstreamTotals {
    pub(crate) opened: u64,
    pub(crate) reused: u64,
    pub(crate) retried: u64,
    pub(crate) in_use: u64,
    pub(crate) idle: u64,
}

impl UpstreamMetrics {
    /// A request was sent on a connection that had one before.
    pub(crate) fn count_reuse(&self) {
        self.reused.fetch_add(1, Ordering::Relaxed);
    }

    /// A request that could not be sent on a connection in use is sent on another one.
    pub(crate) fn count_retry(&self) {
        self.retried.fetch_add(1, Ordering::Relaxed);
    }

    /// A request got no connection.
    pub(crate) fn count_failure(&self, failure: ConnectFailure) {
        if let Some(counter) = self.failures.get(failure as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn failures(&self, failure: ConnectFailure) -> u64 {
        let counter = self.failures.get(failure as usize);
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}

impl UpstreamTotals {
    /// Adds the counters of a thread.
    pub(crate) fn add(self, one: &UpstreamMetrics) -> Self {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        // Read first: a connection that becomes idle meanwhile is not subtracted twice.
        let idle = read(&one.idle);
        Self {
            opened: self.opened + read(&one.opened),
            reused: self.reused + read(&one.reused),
            retried: self.retried + read(&one.retried),
            in_use: self.in_use + read(&one.open).saturating_sub(idle),
            idle: self.idle + idle,
        }
    }
}
