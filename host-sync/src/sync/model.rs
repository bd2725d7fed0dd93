//! The types for loom.

use std::{
    fmt,
    ops::Deref,
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use loom::sync::{
    MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// As the one of `parking_lot`. loom has no time: a limit that has passed already is no wait at all, and
/// any other one is never reached.
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }

    pub(crate) fn try_lock_until(&self, until: Instant) -> Option<MutexGuard<'_, T>> {
        if until > Instant::now() {
            return Some(self.lock());
        }
        self.0.try_lock().ok()
    }

    pub(crate) fn try_lock_for(&self, limit: Duration) -> Option<MutexGuard<'_, T>> {
        self.try_lock_until(Instant::now() + limit)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// As the one of `arc-swap`, of which loom cannot see the inside: it is taken for one atomic value
/// that is stored with `Release` and loaded with `Acquire`, which is the least that it promises.
pub(crate) struct ArcSwap<T> {
    current: AtomicUsize,
    /// All that was ever stored. Never held while another thread can run.
    stored: std::sync::Mutex<Vec<Arc<T>>>,
}

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self {
            current: AtomicUsize::new(0),
            stored: std::sync::Mutex::new(vec![Arc::new(value)]),
        }
    }

    pub(crate) fn load(&self) -> Guard<Arc<T>> {
        Guard(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        let number = self.current.load(Ordering::Acquire);
        Arc::clone(&self.stored.lock().unwrap()[number])
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        let number = {
            let mut stored = self.stored.lock().unwrap();
            stored.push(value);
            stored.len() - 1
        };
        self.current.store(number, Ordering::Release);
    }
}

impl<T> fmt::Debug for ArcSwap<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ArcSwap").finish_non_exhaustive()
    }
}

#[derive(Debug)]
#[expect(
    unnameable_types,
    reason = "as the one of `arc-swap`, which has a name"
)]
pub struct Guard<T>(T);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
