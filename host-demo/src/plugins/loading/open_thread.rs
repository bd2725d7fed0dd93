//! The thread on which a plugin is opened, so that one that does not return holds nothing else.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

#[cfg(test)]
mod tests;

/// Threads of this process that were given up and have not returned since.
static ABANDONED: AtomicU64 = AtomicU64::new(0);

/// Why there is no open plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenThreadError {
    /// It took too long. Its thread was given up.
    #[error(
        "its opening function did not return within {} s (plugin_open_timeout_sec)", time_limit.as_secs()
    )]
    Late {
        /// The limit.
        time_limit: Duration,
    },
    /// It unwound.
    #[error("its opening function ended its thread")]
    Ended,
    /// There is no thread.
    #[error("no thread can be started to open it: {0}")]
    NoThread(#[from] io::Error),
}

/// How many threads still run a plugin's opening function that was given up.
pub(crate) fn abandoned() -> u64 {
    ABANDONED.load(Ordering::Relaxed)
}

/// The end of a thread, also of one that unwinds. One that does not start is not counted either.
struct EndOfThread(Arc<AtomicBool>);

impl Drop for EndOfThread {
    fn drop(&mut self) {
        no_longer_counted_if_both(&self.0);
    }
}

/// To be called once when the thread is given up, and once when it ends.
fn no_longer_counted_if_both(is_over: &AtomicBool) {
    if is_over.swap(true, Ordering::AcqRel) {
        ABANDONED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `open` on a thread of its own and waits for it, but not longer than `time_limit`. What it returns
/// later is dropped on that thread.
///
/// # Errors
/// It did not return in time, or unwound.
pub(crate) fn run<T: Send + 'static>(
    time_limit: Duration,
    open: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OpenThreadError> {
    let (sender, receiver) = sync_channel(0);
    let is_over = Arc::new(AtomicBool::new(false));
    let end = EndOfThread(Arc::clone(&is_over));
    let thread = thread::Builder::new().name("open-plugin".to_owned());
    thread.spawn(move || {
        let _end = end;
        // It waits until the other side takes the result or is gone, so that it is dropped here then.
        if let Err(late) = sender.send(open()) {
            drop(late);
        }
    })?;
    receiver
        .recv_timeout(time_limit)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                ABANDONED.fetch_add(1, Ordering::Relaxed);
                no_longer_counted_if_both(&is_over);
                OpenThreadError::Late { time_limit }
            }
            RecvTimeoutError::Disconnected => OpenThreadError::Ended,
        })
}
