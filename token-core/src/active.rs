//! The keys that are in force now.

use std::{
    fmt, ptr,
    sync::{Arc, Weak},
};

use crate::{
    clock::Clock,
    error::NotInForce,
    expiry::Deadline,
    key::KeyId,
    keys::{CheckedKey, ExpiringKey, ExpiringKind, KeyKind},
    snapshot::Snapshot,
    sync::{ArcSwapOption, Mutex},
};

#[cfg(all(test, loom))]
mod loom_tests;

/// The keys that are in force now; none at first, and none after the keyring is closed.
///
/// # Threading
/// A check reads a snapshot and takes no lock. Updates run one after another.
pub struct ActiveKeys {
    snapshot: ArcSwapOption<Snapshot>,
    clock: Box<dyn Clock>,
    updates: Mutex<Updates>,
}

/// Whether other keys than those in force may still be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Updates {
    Accepted,
    Ended,
}

impl ActiveKeys {
    pub(crate) fn new(clock: impl Clock) -> Self {
        Self {
            snapshot: ArcSwapOption::empty(),
            clock: Box::new(clock),
            updates: Mutex::new(Updates::Accepted),
        }
    }

    /// Checks a presented text where a key of the wanted kind is required.
    ///
    /// No lock, no allocation, no I/O.
    pub fn check(&self, wanted: KeyKind, presented: &[u8]) -> CheckedKey {
        // The clock is read after the keys: keys that were replaced while the process was stopped
        // are not accepted afterwards.
        match &*self.snapshot.load() {
            Some(snapshot) => snapshot.check(wanted, presented, &*self.clock),
            None => CheckedKey::UNKNOWN,
        }
    }

    /// Whether there are keys in force, even if they may have expired.
    ///
    /// Does not block: no I/O, and no lock that is held across I/O.
    ///
    /// # Errors
    /// Why every check fails.
    pub fn in_force(&self) -> Result<(), NotInForce> {
        match &*self.snapshot.load() {
            Some(snapshot) if snapshot.is_fresh(&*self.clock) => Ok(()),
            Some(_) => Err(NotInForce::NotFresh),
            None => Err(match *self.updates.lock() {
                Updates::Accepted => NotInForce::NoKeys,
                Updates::Ended => NotInForce::Closed,
            }),
        }
    }

    /// When the key in force of this kind expires; `None` if there are no keys.
    #[must_use]
    pub fn deadline(&self, kind: ExpiringKind) -> Option<Deadline> {
        let snapshot = self.snapshot.load();
        let keys = &snapshot.as_ref()?.keys;
        Some(keys.expiring(kind).expiry.deadline())
    }

    /// The kind of the key in force that has this id.
    #[must_use]
    pub fn kind_of(&self, id: KeyId) -> Option<KeyKind> {
        self.snapshot.load().as_ref()?.keys.kind_of(id)
    }

    /// Whether this key is the one in force of its kind.
    pub(crate) fn has(&self, kind: ExpiringKind, key: &Weak<ExpiringKey>) -> bool {
        let snapshot = self.snapshot.load();
        let snapshot = snapshot.as_ref();
        snapshot.is_some_and(|snapshot| {
            ptr::eq(Arc::as_ptr(snapshot.keys.expiring(kind)), key.as_ptr())
        })
    }

    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Puts the keys of a store in force, as far as they are newer.
    pub(crate) fn update(&self, found: Snapshot) {
        let updates = self.updates.lock();
        if *updates == Updates::Ended {
            return;
        }
        let updated = match &*self.snapshot.load() {
            Some(current) => current.merged_with(found),
            None => found,
        };
        self.snapshot.store(Some(Arc::new(updated)));
    }

    /// From now on there are no keys, whatever a store contains.
    pub(crate) fn end(&self) {
        let mut updates = self.updates.lock();
        *updates = Updates::Ended;
        self.snapshot.store(None);
    }
}

impl fmt::Debug for ActiveKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ActiveKeys").finish_non_exhaustive()
    }
}

/// Receives the keys that other processes published in a store.
///
/// # Threading
/// May be cloned, kept and used from any thread.
#[derive(Clone, Debug)]
pub struct Subscriber {
    active: Arc<ActiveKeys>,
}

impl Subscriber {
    pub(crate) const fn new(active: Arc<ActiveKeys>) -> Self {
        Self { active }
    }

    /// Puts the newer keys in force, and extends the time for which they are fresh. Does nothing
    /// with what is older, and nothing once the keyring is closed.
    ///
    /// When it returns, every check that begins later uses these keys or newer ones.
    pub fn update(&self, found: Snapshot) {
        self.active.update(found);
    }
}
