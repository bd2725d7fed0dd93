//! How many requests may be forwarded at once: in all, of one key, and without a key.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, OnceLock,
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

/// Requests without a key get a quarter of the requests, or of the connections, that there may be.
const WITHOUT_KEY_DIVISOR: usize = 4;

/// Why a request is not forwarded now.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum LimitReached {
    /// HTTP 503.
    #[error("max_concurrent_requests are in progress")]
    Requests,
    /// HTTP 429.
    #[error("the key has max_concurrent_requests_per_key in progress")]
    RequestsOfKey,
    /// HTTP 503. Others may be forwarded.
    #[error("as many requests without a key are in progress as there may be")]
    RequestsWithoutKey,
    /// HTTP 503. Without a place to count them, the requests of a key would have no limit.
    #[error("requests of too many keys are in progress to count those of another one")]
    Keys,
}

/// The requests that are being forwarded, counted by all serving threads without a lock. What each is
/// admitted with is the limit at that moment; a limit of a key counts its requests since there is one.
#[derive(Debug, Default)]
pub(super) struct RequestLimits {
    requests: AtomicUsize,
    without_key: AtomicUsize,
    /// Made for the first request that needs it.
    keys: OnceLock<KeyTable>,
}

/// The share of one request; dropped when its response has ended.
#[derive(Debug)]
pub(super) struct RequestShare {
    limits: Arc<RequestLimits>,
    is_without_key: bool,
    slot: Option<KeySlot>,
}

impl RequestLimits {
    /// Counts a request in, for as long as its share is held. One whose key has no principal counts
    /// among all alone.
    pub(super) fn admit(
        self: &Arc<Self>,
        principal: Option<Principal>,
        limits: ConcurrencyLimits,
    ) -> Result<RequestShare, LimitReached> {
        let requests_max = limits.requests_max.map_or(usize::MAX, NonZeroUsize::get);
        enter(&self.requests, requests_max).ok_or(LimitReached::Requests)?;
        // From here on dropping it gives back what was taken.
        let mut share = RequestShare {
            limits: Arc::clone(self),
            is_without_key: false,
            slot: None,
        };
        if let (Some(max), Some(principal)) = (limits.requests_per_key_max, principal) {
            let keys = self.keys.get_or_init(KeyTable::new);
            share.slot = Some(keys.enter(principal.key(), max)?);
        }
        Ok(share)
    }

    /// Counts a request in that anybody may send. Those with a key lose no place to it, however long its
    /// client takes; `connections_max` is the number of connections that they share with it.
    pub(super) fn admit_without_key(
        self: &Arc<Self>,
        limits: ConcurrencyLimits,
        connections_max: usize,
    ) -> Result<RequestShare, LimitReached> {
        let requests_max = limits.requests_max.map_or(usize::MAX, NonZeroUsize::get);
        let part = requests_max.min(connections_max) / WITHOUT_KEY_DIVISOR;
        enter(&self.without_key, part.max(1)).ok_or(LimitReached::RequestsWithoutKey)?;
        Ok(RequestShare {
            limits: Arc::clone(self),
            is_without_key: true,
            slot: None,
        })
    }
}

/// Counts one more, unless there are as many as there may be.
fn enter(counter: &AtomicUsize, max: usize) -> Option<()> {
    let one_more = |count| (count < max).then_some(count + 1);
    let entered = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
    entered.map(drop).ok()
}

impl Drop for RequestShare {
    fn drop(&mut self) {
        if let (Some(keys), Some(slot)) = (self.limits.keys.get(), self.slot.take()) {
            keys.leave(&slot);
        }
        let counter = if self.is_without_key {
            &self.limits.without_key
        } else {
            &self.limits.requests
        };
        counter.fetch_sub(1, Ordering::Relaxed);
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
            LimitReached::RequestsWithoutKey => {
                Self::unavailable("The server has as many requests without a key as it may have.")
                    .for_limit(Limit::RequestsWithoutKey)
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
