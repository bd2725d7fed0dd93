//! Calls of all plugins with a time limit, so that a plugin that blocks delays nothing.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};

use crate::blocking::BlockingThreads;

/// The time limit of a call, the wait for an earlier call included.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs one call at a time, on a thread that may block: a plugin that never returns blocks one
/// thread, however often it is called.
#[derive(Clone, Debug)]
pub(crate) struct PluginProbe {
    turn: Arc<Semaphore>,
    threads: BlockingThreads,
    call_timeout: Duration,
}

impl PluginProbe {
    pub(crate) fn new(threads: BlockingThreads) -> Self {
        Self::with_limit(threads, CALL_TIMEOUT)
    }

    pub(super) fn with_limit(threads: BlockingThreads, call_timeout: Duration) -> Self {
        Self {
            threads,
            turn: Arc::new(Semaphore::new(1)),
            call_timeout,
        }
    }

    /// The result; none if it does not arrive in time, or no thread is free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let call_in_turn = async {
            let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
            let result = self.threads.run(move || {
                let result = call();
                drop(turn);
                result
            });
            result.await.ok()
        };
        timeout(self.call_timeout, call_in_turn)
            .await
            .ok()
            .flatten()
    }
}

#[cfg(test)]
mod tests;
