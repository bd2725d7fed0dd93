//! The types for loom.

use std::{fmt, ops::Deref, sync::Arc};

pub(crate) use loom::sync::atomic::{AtomicI64, Ordering};
use loom::sync::{MutexGuard, atomic::AtomicUsize};

/// As the one of `parking_lot`.
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// As the one of `arc-swap`, of which loom cannot see the inside: it is taken for one atomic value
/// that is stored with `Release` and loaded with `Acquire`, which is the least that it promises.
pub(crate) struct ArcSwapOption<T> {
    /// The number of what is stored, from 1; 0 for nothing.
    current: AtomicUsize,
    /// All that was ever stored. Never held while another thread can run.
    stored: std::sync::Mutex<Vec<Option<Arc<T>>>>,
}

impl<T> ArcSwapOption<T> {
    pub(crate) fn empty() -> Self {
        Self {
            current: AtomicUsize::new(0),
            stored: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn load(&self) -> Loaded<T> {
        Loaded(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        let number = self.current.load(Ordering::Acquire);
        let stored = self.stored.lock().unwrap();
        let number = number.checked_sub(1)?;
        stored[number].clone()
    }

    pub(crate) fn store(&self, value: Option<Arc<T>>) {
        let number = {
            let mut stored = self.stored.lock().unwrap();
            stored.push(value);
            stored.len()
        };
        self.current.store(number, Ordering::Release);
    }
}

pub(crate) struct Loaded<T>(Option<Arc<T>>);

impl<T> Deref for Loaded<T> {
    type Target = Option<Arc<T>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mutex").finish_non_exhaustive()
    }
}
