//! Requests for a reload that nobody waits for: one that has not begun serves all that ask meanwhile.

use crate::sync::{AtomicBool, Ordering};

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

/// What a reload reads again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReloadScope {
    /// The configuration, and the plugins folder.
    Everything,
    /// The plugins folder.
    Plugins,
}

/// Which reloads were asked for and have not begun.
#[derive(Debug, Default)]
pub struct ReloadRequests {
    everything: AtomicBool,
    plugins: AtomicBool,
}

impl ReloadRequests {
    /// Returns whether nobody asked for it yet: the caller is to reload then.
    #[must_use]
    pub fn ask(&self, scope: ReloadScope) -> bool {
        !self.flag(scope).swap(true, Ordering::AcqRel)
    }

    /// A reload begins: it sees what changed before every request of its scope so far.
    pub fn begin(&self, scope: ReloadScope) {
        // A store alone would not order what the reload reads after what the others wrote before they asked.
        self.plugins.swap(false, Ordering::AcqRel);
        if scope == ReloadScope::Everything {
            self.everything.swap(false, Ordering::AcqRel);
        }
    }

    const fn flag(&self, scope: ReloadScope) -> &AtomicBool {
        match scope {
            ReloadScope::Everything => &self.everything,
            ReloadScope::Plugins => &self.plugins,
        }
    }
}
