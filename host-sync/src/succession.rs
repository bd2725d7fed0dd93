//! Which generation serves, and how the next one and the end of the server exclude each other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    leaving::{Leaving, LeavingList},
    reload_requests::{ReloadRequests, ReloadScope},
    sync::{ArcSwap, AtomicBool, Guard, Mutex, MutexGuard, Ordering},
};

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

/// The generation that serves, what it replaced, and whether another one may follow.
#[derive(Debug)]
pub struct Succession<G, L> {
    current: ArcSwap<G>,
    /// Shared with the thread that watches it.
    leaving: Arc<LeavingList<L>>,
    /// By callers that need no outcome.
    requests: ReloadRequests,
    /// Held by the running reload.
    turn: Mutex<()>,
    /// Held while a generation becomes complete and takes over.
    taking_over: Mutex<()>,
    /// Once it is set and `taking_over` was acquired, no generation takes over.
    is_closed: AtomicBool,
}

/// A reload that runs. Dropping it lets the next one begin.
#[derive(Debug)]
pub struct Turn<'s, G, L> {
    succession: &'s Succession<G, L>,
    _turn: MutexGuard<'s, ()>,
}

/// The server ends: no generation takes over any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the server is shutting down")]
#[non_exhaustive]
pub struct Closed;

impl<G, L: Leaving> Succession<G, L> {
    /// Lets the first generation serve.
    #[must_use]
    pub fn new(first: G) -> Self {
        Self {
            current: ArcSwap::from_pointee(first),
            leaving: Arc::new(LeavingList::new()),
            requests: ReloadRequests::default(),
            turn: Mutex::new(()),
            taking_over: Mutex::new(()),
            is_closed: AtomicBool::new(false),
        }
    }

    /// The generation that serves now. This takes no lock, and the guard is to be held briefly.
    pub fn current(&self) -> Guard<Arc<G>> {
        self.current.load()
    }

    /// What was replaced and is not ended. Whoever adds to it by [`Turn::take_over`] has it watched.
    #[must_use]
    pub const fn leaving(&self) -> &Arc<LeavingList<L>> {
        &self.leaving
    }

    /// Returns whether the caller is to reload. If not, a reload that has not begun does, and sees what
    /// changed before this call.
    #[must_use]
    pub fn ask(&self, scope: ReloadScope) -> bool {
        self.requests.ask(scope)
    }

    /// Waits for the reloads before this one. Blocks.
    ///
    /// # Errors
    /// The server ends.
    pub fn begin(&self, scope: ReloadScope) -> Result<Turn<'_, G, L>, Closed> {
        let turn = self.turn.lock();
        self.requests.begin(scope);
        self.check_open()?;
        Ok(Turn {
            succession: self,
            _turn: turn,
        })
    }

    /// Lets no reload begin, waits until the given time for one that runs, and then ends all. If one runs
    /// still, returns false and has ended nothing: [`close_at_once`](Self::close_at_once) does.
    #[must_use]
    pub fn close(&self, until: Instant, end: impl FnOnce(&G)) -> bool {
        self.is_closed.store(true, Ordering::SeqCst);
        let Some(_turn) = self.turn.try_lock_until(until) else {
            return false;
        };
        self.leaving.end_all();
        end(&self.current.load_full());
        true
    }

    /// Ends what serves, and then all that it replaced, without waiting for a running reload; one that takes
    /// over just now is waited for as long as `take_over_awaited_max`. If that takes longer, the new
    /// generation does not serve, but is dropped.
    pub fn close_at_once(&self, take_over_awaited_max: Duration, end: impl FnOnce(&G)) {
        self.is_closed.store(true, Ordering::SeqCst);
        let _no_take_over = self.taking_over.try_lock_for(take_over_awaited_max);
        end(&self.current.load_full());
        self.leaving.end_all();
    }

    fn check_open(&self) -> Result<(), Closed> {
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(Closed);
        }
        Ok(())
    }
}

impl<G, L: Leaving> Turn<'_, G, L> {
    /// The generation that serves until this turn puts another one in its place.
    #[must_use]
    pub fn current(&self) -> Arc<G> {
        self.succession.current.load_full()
    }

    /// Lets the next generation serve. `complete` returns it, what it replaces, and what the caller needs
    /// afterwards. What is replaced is in [`Succession::leaving`] from the same moment on, so that the end of
    /// the server reaches it if it does not wait for the rest of this reload.
    ///
    /// # Errors
    /// That of `complete`, or the server ends: then `complete` was not called, or what it returned is dropped
    /// before an end that waits for it goes on.
    pub fn take_over<T, E: From<Closed>>(
        &self,
        complete: impl FnOnce() -> Result<(G, L, T), E>,
    ) -> Result<(Arc<G>, T), E> {
        let succession = self.succession;
        let _taking_over = succession.taking_over.lock();
        // What came before may have taken long.
        succession.check_open()?;
        let (next, leaving, rest) = complete()?;
        // The end of the server waits for `complete`, but not for ever.
        succession.check_open()?;
        let next = Arc::new(next);
        succession.leaving.add(leaving);
        succession.current.store(Arc::clone(&next));
        Ok((next, rest))
    }
}
