//! A call of all plugins that answers everybody who asked before it began.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::timeout};

use super::plugin_probe::CALL_TIMEOUT;
use crate::blocking::BlockingThreads;

/// As [`PluginProbe`](super::plugin_probe::PluginProbe), for a question that many ask at once: however many wait
/// for their turn, one call answers all of them, so that they do not delay one another beyond the time limit.
#[derive(Debug)]
pub(crate) struct SharedProbe<T> {
    threads: BlockingThreads,
    call_timeout: Duration,
    /// How many calls have begun.
    begun: Arc<AtomicU64>,
    /// Held while a call runs.
    last: Arc<Mutex<LastCall<T>>>,
}

#[derive(Debug)]
struct LastCall<T> {
    /// One more than that of the call before.
    number: u64,
    /// None if it panicked.
    result: Option<T>,
}

impl<T: Clone + Send + 'static> SharedProbe<T> {
    pub(crate) fn new(threads: BlockingThreads) -> Self {
        Self::with_limit(threads, CALL_TIMEOUT)
    }

    fn with_limit(threads: BlockingThreads, call_timeout: Duration) -> Self {
        let last = LastCall {
            number: 0,
            result: None,
        };
        Self {
            threads,
            call_timeout,
            begun: Arc::default(),
            last: Arc::new(Mutex::new(last)),
        }
    }

    /// The result of a call that began after this function did; none if it does not arrive in time, or no thread is
    /// free. All callers ask the same question.
    pub(crate) async fn run(&self, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let asked_after = self.begun.load(Relaxed);
        let begun = Arc::clone(&self.begun);
        let shared = async {
            let mut last = Arc::clone(&self.last).lock_owned().await;
            if last.number > asked_after {
                return last.result.clone();
            }
            let result = self.threads.run(move || {
                last.number = begun.fetch_add(1, Relaxed) + 1;
                last.result = None;
                let result = call();
                last.result = Some(result.clone());
                result
            });
            result.await.ok()
        };
        timeout(self.call_timeout, shared).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests;
