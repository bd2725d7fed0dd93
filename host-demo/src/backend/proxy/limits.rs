//! How many requests may be forwarded at once: in all, and of one key.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use thiserror::Error;

use self::key_table::{KeySlot, KeyTable, NoEntry};
use crate::{
    config::ConcurrencyLimits, http::rejection::Rejection, policy::Principal,
    telemetry::metrics::Limit,
};

mod key_table;

/// When to try again, here and where an upstream has no room. Room comes back as soon as another request ends.
pub(super) const RETRY_AFTER_SEC: u16 = 1;

/// Why a request is not forwarded now.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum LimitReached {
    /// HTTP 503.
    #[error("max_concurrent_requests are in progress")]
    Requests,
    /// HTTP 429.
    #[error("the key has max_concurrent_requests_per_key in progress")]
    RequestsOfKey,
    /// HTTP 503. Without a place to count them, the requests of a key would have no limit.
    #[error("requests of too many keys are in progress to count those of another one")]
    Keys,
}

/// The requests that are being forwarded, counted by all serving threads without a lock.
#[derive(Debug)]
pub(super) struct RequestLimits {
    requests: Option<RequestCount>,
    keys: Option<KeyTable>,
}

#[derive(Debug)]
struct RequestCount {
    max: NonZeroUsize,
    count: AtomicUsize,
}

/// The share of one request; dropped when its response has ended.
#[derive(Debug)]
pub(super) struct RequestShare {
    limits: Arc<RequestLimits>,
    slot: Option<KeySlot>,
}

impl RequestLimits {
    pub(super) fn new(limits: ConcurrencyLimits) -> Self {
        Self {
            requests: limits.requests_max.map(|max| RequestCount {
                max,
                count: AtomicUsize::new(0),
            }),
            keys: limits.requests_per_key_max.map(KeyTable::new),
        }
    }

    /// Counts a request in, for as long as its share is held. One without a key counts among all
    /// alone.
    pub(super) fn admit(
        self: &Arc<Self>,
        principal: Option<Principal>,
    ) -> Result<RequestShare, LimitReached> {
        if let Some(requests) = &self.requests {
            requests.enter()?;
        }
        // From here on dropping it gives back what was taken.
        let mut share = RequestShare {
            limits: Arc::clone(self),
            slot: None,
        };
        if let (Some(keys), Some(principal)) = (&self.keys, principal) {
            share.slot = Some(keys.enter(principal.key())?);
        }
        Ok(share)
    }
}

impl RequestCount {
    fn enter(&self) -> Result<(), LimitReached> {
        let one_more = |count| (count < self.max.get()).then_some(count + 1);
        let entered = self
            .count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        entered.map(drop).map_err(|_| LimitReached::Requests)
    }
}

impl Drop for RequestShare {
    fn drop(&mut self) {
        if let (Some(keys), Some(slot)) = (&self.limits.keys, self.slot.take()) {
            keys.leave(&slot);
        }
        if let Some(requests) = &self.limits.requests {
            requests.count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl From<NoEntry> for LimitReached {
    fn from(error: NoEntry) -> Self {
        match error {
            NoEntry::Limit => Self::RequestsOfKey,
            NoEntry::Full => Self::Keys,
        }
    }
}

impl From<LimitReached> for Rejection {
    fn from(reached: LimitReached) -> Self {
        let rejection = match reached {
            LimitReached::Requests => {
                Self::unavailable("The server has as many requests as it may have. Try again.")
                    .for_limit(Limit::Requests)
            }
            LimitReached::Keys => {
                Self::unavailable("The server has requests of as many keys as it can. Try again.")
                    .for_limit(Limit::Keys)
            }
            LimitReached::RequestsOfKey => Self::too_many_requests(
                "The key has as many requests in progress as it may have. Try again.",
            )
            .for_limit(Limit::RequestsPerKey),
        };
        rejection.with_retry_after(RETRY_AFTER_SEC)
    }
}

#[cfg(test)]
mod tests;
