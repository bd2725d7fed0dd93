//! The counters of one serving thread.

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

use http::StatusCode;
use plugin_api::TokenType;

use super::{
    forwarded::ForwardedCounters, labels::CheckOutcome, principals::KeyCounters,
    upstream::UpstreamMetrics,
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
    /// One row for each token type that the contract names.
    checks: Box<[(TokenType, [AtomicU64; CheckOutcome::ALL.len()])]>,
    keys: KeyCounters,
    upstreams: UpstreamMetrics,
    forwarded: ForwardedCounters,
}

/// The number of a listener. Only [`Metrics::new`](super::Metrics::new) makes them, one for each name
/// that it gets, so that each has its counters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
        let none = || [const { AtomicU64::new(0) }; CheckOutcome::ALL.len()];
        Self {
            requests: (0..listeners).map(|_| zero()).collect(),
            checks: token_types().map(|one| (one, none())).collect(),
            keys: KeyCounters::new(),
            upstreams: UpstreamMetrics::default(),
            forwarded: ForwardedCounters::default(),
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

    /// Counts a request of this key.
    pub(crate) fn count_key(&self, key: NonZeroU64) {
        self.keys.count(key);
    }

    /// A token check decided.
    pub(crate) fn count_token_check(&self, token_type: TokenType, outcome: CheckOutcome) {
        if let Some(counter) = self.check(token_type, outcome) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is counted of connections to upstreams.
    pub(crate) const fn upstreams(&self) -> &UpstreamMetrics {
        &self.upstreams
    }

    /// What is counted of forwarded requests.
    pub(crate) const fn forwarded(&self) -> &ForwardedCounters {
        &self.forwarded
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

    pub(super) fn token_checks(&self, token_type: TokenType, outcome: CheckOutcome) -> u64 {
        let counter = self.check(token_type, outcome);
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    fn check(&self, token_type: TokenType, outcome: CheckOutcome) -> Option<&AtomicU64> {
        let (_, row) = self.checks.iter().find(|(one, _)| *one == token_type)?;
        row.get(outcome as usize)
    }
}

/// Every token type that the contract names; their numbers begin with 1 and have no gaps.
pub(super) fn token_types() -> impl Iterator<Item = TokenType> {
    (1..)
        .map(TokenType::from_number)
        .take_while(|one| one.is_known())
}
