//! Requests for a reload that nobody waits for: one that has not begun serves all that ask meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a reload reads again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReloadScope {
    /// The configuration, and the plugins folder.
    Everything,
    /// The plugins folder.
    Plugins,
}

/// Which reloads were asked for and have not begun.
#[derive(Debug, Default)]
pub(super) struct RequestedReloads {
    everything: AtomicBool,
    plugins: AtomicBool,
}

impl RequestedReloads {
    /// Returns whether nobody asked for it yet.
    pub(super) fn ask(&self, scope: ReloadScope) -> bool {
        !self.flag(scope).swap(true, Ordering::AcqRel)
    }

    /// A reload begins: it sees what changed before every request of its scope so far.
    pub(super) fn begin(&self, scope: ReloadScope) {
        self.plugins.store(false, Ordering::Release);
        if scope == ReloadScope::Everything {
            self.everything.store(false, Ordering::Release);
        }
    }

    const fn flag(&self, scope: ReloadScope) -> &AtomicBool {
        match scope {
            ReloadScope::Everything => &self.everything,
            ReloadScope::Plugins => &self.plugins,
        }
    }
}

#[cfg(test)]
mod tests;
