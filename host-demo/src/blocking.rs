//! Threads for work that blocks. Some of them are there from the start.
//!
//! What must work when the system starts no more threads (`RLIMIT_NPROC`, a limit of the cgroup) runs
//! here: tokio's `spawn_blocking` panics then.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

#[cfg(test)]
mod tests;

/// How long a thread waits for work before it ends, unless it was there from the start.
const IDLE_MAX: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce(&ThreadGroup) + Send>;

/// A group of threads. They end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct BlockingThreads(Arc<Owner>);

/// Why work has no result.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// It did not begin: every thread is busy, and no other can be started.
    #[error("every thread is busy, and no other can be started")]
    NoThread,
    /// It panicked.
    #[error("it panicked")]
    Panicked,
}

#[derive(Debug)]
struct Owner(Arc<ThreadGroup>);

struct ThreadGroup {
    name: &'static str,
    threads_min: usize,
    threads_max: usize,
    state: Mutex<GroupState>,
    changed: Condvar,
}

#[derive(Default)]
struct GroupState {
    /// Never longer than `idle`: each of them has its thread.
    work: VecDeque<Work>,
    /// Threads that wait for work.
    idle: usize,
    threads: usize,
    is_over: bool,
}

impl BlockingThreads {
    /// Starts `threads_min` threads. There are never more than `threads_max` of them.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn start(name: &'static str, threads_min: usize, threads_max: usize) -> io::Result<Self> {
        let this = Self(Arc::new(Owner(Arc::new(ThreadGroup {
            name,
            threads_min,
            threads_max,
            state: Mutex::default(),
            changed: Condvar::new(),
        }))));
        let group = &this.0.0;
        let mut state = group.state.lock();
        for _ in 0..threads_min {
            group.add_thread(&mut state)?;
        }
        drop(state);
        Ok(this)
    }

    /// Begins the work at once, and returns what waits for its result. The work goes on if nobody waits.
    ///
    /// # Errors
    /// Of the future: the work did not begin, or panicked.
    pub fn run<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, BlockingError>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (sender, result) = oneshot::channel();
        let begun = self.0.0.begin(Box::new(move |group| {
            // The hook reports a panic.
            let result = catch_unwind(AssertUnwindSafe(work));
            // First, so that whoever gets the result finds this thread idle.
            group.state.lock().idle += 1;
            if let Ok(result) = result {
                // Fails only if nobody waits.
                let _ = sender.send(result);
            }
        }));
        async move {
            begun?;
            result.await.map_err(|_| BlockingError::Panicked)
        }
    }

    /// As [`run`](Self::run), where nobody waits for the result.
    ///
    /// # Errors
    /// The work did not begin.
    pub fn begin(&self, work: impl FnOnce() + Send + 'static) -> Result<(), BlockingError> {
        self.0.0.begin(Box::new(move |group| {
            let _ = catch_unwind(AssertUnwindSafe(work));
            group.state.lock().idle += 1;
        }))
    }
}

impl ThreadGroup {
    fn begin(self: &Arc<Self>, work: Work) -> Result<(), BlockingError> {
        let mut state = self.state.lock();
        if state.idle <= state.work.len() {
            if state.threads >= self.threads_max {
                return Err(BlockingError::NoThread);
            }
            self.add_thread(&mut state)
                .map_err(|_| BlockingError::NoThread)?;
        }
        state.work.push_back(work);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Starts one thread, which counts as idle from here on.
    fn add_thread(self: &Arc<Self>, state: &mut GroupState) -> io::Result<()> {
        let this = Arc::clone(self);
        let thread = thread::Builder::new().name(self.name.to_owned());
        thread.spawn(move || {
            while let Some(work) = this.next() {
                // A result that nobody waits for may panic while it is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&this)));
            }
        })?;
        state.threads += 1;
        state.idle += 1;
        Ok(())
    }

    /// Waits for work; none if the thread is to end.
    fn next(&self) -> Option<Work> {
        let mut state = self.state.lock();
        loop {
            if let Some(work) = state.work.pop_front() {
                state.idle -= 1;
                return Some(work);
            }
            let has_waited = self.changed.wait_for(&mut state, IDLE_MAX).timed_out();
            let is_spare = has_waited && state.threads > self.threads_min;
            if state.work.is_empty() && (state.is_over || is_spare) {
                state.idle -= 1;
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.state.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

impl fmt::Debug for ThreadGroup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ThreadGroup")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
