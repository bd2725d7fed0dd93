//! A log line that may not be written for every request that causes it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Allows one line a minute.
#[derive(Debug)]
pub(crate) struct LogLimit {
    start: Instant,
    /// When the next line may be written, in milliseconds after `start`.
    next_ms: AtomicU64,
}

const INTERVAL: Duration = Duration::from_secs(60);

impl LogLimit {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            next_ms: AtomicU64::new(0),
        }
    }

    /// Whether a line may be written now; true for one of several callers.
    pub(crate) fn allows(&self, now: Instant) -> bool {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let now = milliseconds(now.saturating_duration_since(self.start));
        let next = self.next_ms.load(Ordering::Relaxed);
        let later = now.saturating_add(milliseconds(INTERVAL));
        now >= next
            && (self.next_ms)
                .compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

#[cfg(test)]
mod tests;
