//! Which calls that replace keys run, and how a new generation waits for them.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

#[cfg(test)]
mod tests;

/// Held for reading while a key is replaced, for writing while a new generation takes over: a key that is
/// replaced in between would be lost.
#[derive(Debug, Default)]
pub(super) struct Rotations(Arc<RwLock<()>>);

/// A call that replaces a key may run.
pub(crate) type Rotation = OwnedRwLockReadGuard<()>;

/// No call that replaces a key runs.
pub(super) type NoRotation = OwnedRwLockWriteGuard<()>;

/// A call that replaces a key did not return in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a call of /token did not return within {} s (plugin_open_timeout_sec), and keys that it replaces would be \
     lost: the token plugin waits for something", time_limit.as_secs()
)]
pub struct RotationRuns {
    /// The limit.
    pub time_limit: Duration,
}

impl Rotations {
    /// Waits for a generation that is taking over, or waits to do so.
    pub(super) async fn begin(&self) -> Rotation {
        Arc::clone(&self.0).read_owned().await
    }

    /// Waits for the calls that run; those that begin later wait for what is returned here. Blocks.
    ///
    /// # Errors
    /// One of them took too long. Calls that waited go on.
    pub(super) fn pause(&self, time_limit: Duration) -> Result<NoRotation, RotationRuns> {
        let paused = Arc::clone(&self.0).write_owned();
        wait(paused, time_limit).ok_or(RotationRuns { time_limit })
    }
}

/// Blocks this thread until the future is ready; `None` if that takes too long.
fn wait<F: Future>(future: F, time_limit: Duration) -> Option<F::Output> {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let begin = Instant::now();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = time_limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}
