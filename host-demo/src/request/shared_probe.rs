//! A call of all plugins that answers everybody who asked before it began.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use parking_lot::Mutex;

use super::plugin_probe::PluginProbe;

/// A [`PluginProbe`] for a question that many ask at once: however many wait for their turn, one call answers all
/// of them, so that they do not delay one another beyond the time limit.
#[derive(Debug)]
pub(crate) struct SharedProbe<T> {
    probe: PluginProbe,
    calls: Arc<SharedCalls<T>>,
}

#[derive(Debug)]
struct SharedCalls<T> {
    /// How many have begun.
    begun: AtomicU64,
    /// The result of the last one, none if it panicked. Held while one runs, whose turn it is: nobody waits for it.
    last: Mutex<Option<T>>,
}

impl<T: Clone + Send + 'static> SharedProbe<T> {
    pub(crate) fn new(probe: PluginProbe) -> Self {
        let calls = SharedCalls {
            begun: AtomicU64::new(0),
            last: Mutex::new(None),
        };
        Self {
            probe,
            calls: Arc::new(calls),
        }
    }

    /// The result of a call that began after this function did; none if it does not arrive in time, or no thread is
    /// free. All callers ask the same question.
    pub(crate) async fn run(&self, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let asked_after = self.calls.begun.load(Relaxed);
        let calls = Arc::clone(&self.calls);
        let result = self.probe.run(move || {
            let mut last = calls.last.lock();
            if calls.begun.load(Relaxed) == asked_after {
                calls.begun.fetch_add(1, Relaxed);
                *last = None;
                *last = Some(call());
            }
            last.clone()
        });
        result.await.flatten()
    }
}

#[cfg(test)]
mod tests;
