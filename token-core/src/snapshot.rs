//! The keys at one revision of their store.

use std::sync::Arc;

use crate::{
    clock::Clock,
    expiry::Expiry,
    keys::{CheckedKey, KeyKind, Keys},
};

/// The keys in a store, and their version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The keys.
    pub keys: Keys,
    /// Which version of them.
    pub version: Version,
}

/// The version of the keys in a store, and for how long it is known to be the newest.
#[derive(Clone, Debug)]
pub struct Version {
    /// Newer keys have a greater revision.
    pub revision: Revision,
    /// Until when no newer keys are in force elsewhere; every check after it results in
    /// [`KeyStatus::Invalid`](crate::KeyStatus::Invalid). `None` if only this ring writes to the store.
    pub fresh_until: Option<Arc<Expiry>>,
}

/// Counts the publications in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(u64);

impl Revision {
    /// The first one.
    pub const FIRST: Self = Self(1);

    /// The one that a store has with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Snapshot {
    /// As `Keys::check`, and only as long as the snapshot is fresh.
    pub(crate) fn check(&self, wanted: KeyKind, presented: &[u8], clock: &dyn Clock) -> CheckedKey {
        if !self.is_fresh(clock) {
            return CheckedKey::UNKNOWN;
        }
        self.keys.check(wanted, presented, clock)
    }

    /// Whether no newer keys are in force elsewhere.
    pub(crate) fn is_fresh(&self, clock: &dyn Clock) -> bool {
        let fresh_until = self.version.fresh_until.as_ref();
        fresh_until.is_none_or(|fresh_until| !fresh_until.has_passed(clock))
    }

    /// The newer keys of the two, fresh until the later of the two times.
    ///
    /// Correct for snapshots that arrive in any order: what is newer includes everything that was
    /// published before.
    pub(crate) fn merged_with(&self, found: Self) -> Self {
        let (keys, revision) = if found.version.revision > self.version.revision {
            (found.keys.reusing(&self.keys), found.version.revision)
        } else {
            (self.keys.clone(), self.version.revision)
        };
        let fresh_until = later(self.version.fresh_until.clone(), found.version.fresh_until);
        Self {
            keys,
            version: Version {
                revision,
                fresh_until,
            },
        }
    }
}

/// By the clock that cannot be set; `found` if they are equal.
fn later(current: Option<Arc<Expiry>>, found: Option<Arc<Expiry>>) -> Option<Arc<Expiry>> {
    let boot_micros = |expiry: &Arc<Expiry>| expiry.deadline().boot_micros;
    if found.as_ref().map(boot_micros) >= current.as_ref().map(boot_micros) {
        found
    } else {
        current
    }
}
