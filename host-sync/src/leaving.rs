//! What was replaced, and is ended when nobody uses it any more.

use std::mem;

use crate::sync::Mutex;

#[cfg(all(test, loom))]
mod loom_tests;

/// Something that was replaced.
pub trait Leaving {
    /// Whether it may be ended: nobody uses it any more, or it was waited for long enough.
    fn is_over(&mut self) -> bool;

    /// Ends it.
    fn end(self);
}

/// All that was replaced and is not ended. Whoever adds something has it watched.
#[derive(Debug)]
pub struct LeavingList<T> {
    /// Held while something is ended: once it is acquired, all that is no longer in the list is ended.
    ending: Mutex<()>,
    /// Never held while something is ended. Locked after `ending`.
    list: Mutex<List<T>>,
}

#[derive(Debug)]
struct List<T> {
    all: Vec<T>,
    is_watched: bool,
}

impl<T: Leaving> LeavingList<T> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let list = List {
            all: Vec::new(),
            is_watched: false,
        };
        Self {
            ending: Mutex::new(()),
            list: Mutex::new(list),
        }
    }

    /// Waits for nothing that is being ended.
    pub fn add(&self, one: T) {
        self.list.lock().all.push(one);
    }

    /// Returns whether nobody watches: the caller has to call [`end_over`](Self::end_over) then until that
    /// returns false, or to call [`give_up_watch`](Self::give_up_watch).
    #[must_use]
    pub fn begin_watch(&self) -> bool {
        !mem::replace(&mut self.list.lock().is_watched, true)
    }

    /// Nobody can watch: ends all at once.
    pub fn give_up_watch(&self) {
        self.list.lock().is_watched = false;
        self.end_all();
    }

    /// Ends what is over. Returns whether something is left; if not, nobody watches any more.
    #[must_use]
    pub fn end_over(&self) -> bool {
        let _ending = self.ending.lock();
        self.end(T::is_over);
        let mut list = self.list.lock();
        list.is_watched = !list.all.is_empty();
        list.is_watched
    }

    /// Ends everything at once. When this returns, all that was added before the call is ended.
    pub fn end_all(&self) {
        let _ending = self.ending.lock();
        self.end(|_| true);
    }

    /// The caller holds `ending`.
    fn end(&self, is_over: impl Fn(&mut T) -> bool) {
        let mut all = mem::take(&mut self.list.lock().all);
        for over in all.extract_if(.., |one| is_over(one)) {
            over.end();
        }
        self.list.lock().all.append(&mut all);
    }
}

impl<T: Leaving> Default for LeavingList<T> {
    fn default() -> Self {
        Self::new()
    }
}
