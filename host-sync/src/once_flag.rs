//! Of several threads, one does something.

use crate::sync::{AtomicBool, Ordering};

/// Set once, and never cleared.
#[derive(Debug)]
pub struct OnceFlag(AtomicBool);

impl OnceFlag {
    /// Not set.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Returns whether this call set it: true for one caller only.
    #[must_use]
    pub fn set(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Whether a call set it.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Default for OnceFlag {
    fn default() -> Self {
        Self::new()
    }
}
