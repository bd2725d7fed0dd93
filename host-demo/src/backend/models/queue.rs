//! A bounded queue of jobs that workers may join and leave while it is in use.

use std::{
    collections::{BTreeSet, VecDeque},
    mem::take,
};

use parking_lot::{Condvar, Mutex};

/// The waiting jobs of one model version.
///
/// A worker that leaves finishes its current job. When the last worker leaves, all waiting jobs are
/// dropped at once rather than kept for a worker that may never come. Locks are held for a few
/// instructions only.
#[derive(Debug)]
pub(super) struct JobQueue<J> {
    jobs_max: usize,
    state: Mutex<State<J>>,
    changed: Condvar,
}

/// Identifies a worker of one model version; never used twice.
pub(super) type WorkerId = u64;

/// Why a job is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    NoWorker,
    Full,
}

#[derive(Debug)]
struct State<J> {
    waiting: VecDeque<J>,
    workers: BTreeSet<WorkerId>,
}

impl<J> JobQueue<J> {
    pub(super) fn new(jobs_max: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            workers: BTreeSet::new(),
        };
        Self {
            jobs_max,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Adds a job. Never waits.
    pub(super) fn push(&self, job: J) -> Result<(), Refusal> {
        let mut state = self.state.lock();
        if state.workers.is_empty() {
            return Err(Refusal::NoWorker);
        }
        if state.waiting.len() >= self.jobs_max {
            return Err(Refusal::Full);
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the worker's next job; `None` once the worker has left.
    pub(super) fn next(&self, worker: WorkerId) -> Option<J> {
        let mut state = self.state.lock();
        loop {
            if !state.workers.contains(&worker) {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            self.changed.wait(&mut state);
        }
    }

    /// Counts the worker from now on.
    pub(super) fn join(&self, worker: WorkerId) {
        self.state.lock().workers.insert(worker);
    }

    /// Tells the worker to end after its current job. Drops the waiting jobs if it was the last
    /// one.
    pub(super) fn leave(&self, worker: WorkerId) {
        let mut state = self.state.lock();
        state.workers.remove(&worker);
        let refused = if state.workers.is_empty() {
            take(&mut state.waiting)
        } else {
            VecDeque::new()
        };
        drop(state);
        drop(refused);
        // All, because only one of the waiting threads is the right one.
        self.changed.notify_all();
    }

    /// Jobs that wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().waiting.len()
    }

    /// The limit of [`Self::waiting`].
    pub(super) fn jobs_max(&self) -> usize {
        self.jobs_max
    }
}

#[cfg(test)]
mod tests;
