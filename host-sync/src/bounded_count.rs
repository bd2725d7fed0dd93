//! A number that never exceeds a maximum.

use crate::sync::{AtomicUsize, Ordering};

#[cfg(all(test, loom))]
mod loom_tests;

/// How much of something is in use. Usable from any thread; no call waits.
#[derive(Debug, Default)]
pub struct BoundedCount(AtomicUsize);

/// There is not as much left.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the maximum is reached")]
#[non_exhaustive]
pub struct Exceeded;

impl BoundedCount {
    /// Counts more, if no more than `max` are in use then.
    ///
    /// # Errors
    /// More would be in use; nothing is counted.
    pub fn take(&self, more: usize, max: usize) -> Result<(), Exceeded> {
        let with_more = |used: usize| used.checked_add(more).filter(|sum| *sum <= max);
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, with_more);
        taken.map(drop).map_err(|_| Exceeded)
    }

    /// To be called once for what was taken.
    pub fn give_back(&self, taken: usize) {
        self.0.fetch_sub(taken, Ordering::Relaxed);
    }

    /// How much is in use.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
