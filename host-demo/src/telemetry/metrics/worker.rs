//! The counters of one serving thread.

use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use plugin_api::{TokenType, Verdict};

/// At most three addresses are listened on.
pub(super) const LISTENERS_MAX: usize = 3;
const STATUS_MIN: u16 = 100;
const STATUSES: usize = 500;

/// The kinds of key, in the order of their counters.
pub(super) const TOKEN_TYPES: [TokenType; 3] = [
    TokenType::TOKEN,
    TokenType::MANAGEMENT,
    TokenType::INFERENCE,
];

/// The verdicts that are told apart, in the order of their counters; the first takes all others.
pub(super) const VERDICTS: [(Verdict, &str); 5] = [
    (Verdict::DENY, "denied"),
    (Verdict::ALLOW, "allowed"),
    (Verdict::DENY_MISSING, "missing"),
    (Verdict::DENY_INVALID, "invalid"),
    (Verdict::DENY_SCOPE, "scope"),
];

/// Counters that only one thread adds to, so that no processor waits for another's cache line.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct WorkerMetrics {
    requests: [[AtomicU64; STATUSES]; LISTENERS_MAX],
    token_checks: [[AtomicU64; VERDICTS.len()]; TOKEN_TYPES.len()],
}

impl WorkerMetrics {
    pub(crate) const fn new() -> Self {
        Self {
            requests: [const { [const { AtomicU64::new(0) }; STATUSES] }; LISTENERS_MAX],
            token_checks: [const { [const { AtomicU64::new(0) }; VERDICTS.len()] };
                TOKEN_TYPES.len()],
        }
    }

    /// A request was answered on the listener of this number.
    pub(crate) fn count_request(&self, listener: usize, status: StatusCode) {
        let status = usize::from(status.as_u16().saturating_sub(STATUS_MIN));
        if let Some(counter) = self.requests.get(listener).and_then(|all| all.get(status)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A token check gave this verdict.
    pub(crate) fn count_token_check(&self, token_type: TokenType, verdict: Verdict) {
        let kind = TOKEN_TYPES
            .iter()
            .position(|&one| one == token_type)
            .unwrap_or_default();
        let which = VERDICTS
            .iter()
            .position(|&(one, _)| one == verdict)
            .unwrap_or_default();
        if let Some(counter) = self.token_checks.get(kind).and_then(|all| all.get(which)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Requests of a listener by status, those that came at all.
    pub(super) fn requests(&self, listener: usize) -> impl Iterator<Item = (u16, u64)> {
        let counters = self.requests.get(listener).into_iter().flatten();
        (STATUS_MIN..)
            .zip(counters.map(|counter| counter.load(Ordering::Relaxed)))
            .filter(|&(_, count)| count > 0)
    }

    /// Checks by the places of kind and verdict in [`TOKEN_TYPES`] and [`VERDICTS`].
    pub(super) fn token_checks(&self, kind: usize, verdict: usize) -> u64 {
        let counter = self.token_checks.get(kind).and_then(|all| all.get(verdict));
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}
