//! Questions to the plugins as a whole, which a plugin that blocks cannot hold up.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// How long the plugins have for an answer, the wait for an earlier question included.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Asks one question at a time, on a thread that may block: a plugin that never answers holds one thread,
/// however often it is asked.
#[derive(Clone, Debug)]
pub(crate) struct PluginProbe {
    turn: Arc<Semaphore>,
    answer_max: Duration,
}

impl PluginProbe {
    pub(crate) fn new() -> Self {
        Self::with_limit(ANSWER_MAX)
    }

    fn with_limit(answer_max: Duration) -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            answer_max,
        }
    }

    /// The answer; none where it does not come in time.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let asked = async {
            let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
            let answer = spawn_blocking(move || {
                let answer = question();
                drop(turn);
                answer
            });
            answer.await.ok()
        };
        timeout(self.answer_max, asked).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests;
