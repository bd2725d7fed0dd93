//! The threads that compute the predictions of one worker.

use std::sync::Arc;

use rten::{RunOptions, ThreadPool};

/// A pool of threads that one worker uses alone.
#[derive(Clone, Debug)]
pub(super) struct ComputePool(Arc<ThreadPool>);

impl ComputePool {
    /// Starts the threads. Without them, should the system not allow them, the worker computes on
    /// its own thread.
    pub(super) fn start(threads: usize) -> Self {
        Self(Arc::new(ThreadPool::with_num_threads(threads)))
    }

    /// The share of one of a model's workers in the processors of the machine, at least one.
    pub(super) fn share(processors: usize, workers: usize) -> usize {
        processors.div_ceil(workers.max(1)).max(1)
    }

    pub(super) fn run_options(&self) -> RunOptions {
        RunOptions::default().with_thread_pool(Some(Arc::clone(&self.0)))
    }
}
