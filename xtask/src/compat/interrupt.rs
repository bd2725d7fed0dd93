//! Ctrl-C ends a rig in order: everything that it started is stopped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use crate::error::{ErrorContext as _, TaskError};

const POLL: Duration = Duration::from_millis(50);

/// Whether the task is to end.
#[derive(Debug)]
pub(super) struct Interrupt {
    is_set: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on a first signal only sets the flag; a second one ends this process.
    ///
    /// # Errors
    /// The signals cannot be handled.
    pub(super) fn install() -> Result<Self, TaskError> {
        let is_set = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: at the first signal the flag is not set when it is looked at.
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&is_set))
                .and_then(|_| flag::register(signal, Arc::clone(&is_set)))
                .context(|| "installing signal handlers")?;
        }
        Ok(Self { is_set })
    }

    /// Whether a signal came.
    pub(super) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    /// Asks again and again until there is a value.
    ///
    /// # Errors
    /// The condition's own, or it is none of `what` within the limit, or a signal came.
    pub(super) fn wait<T>(
        &self,
        what: &str,
        limit: Duration,
        mut condition: impl FnMut() -> Result<Option<T>, TaskError>,
    ) -> Result<T, TaskError> {
        let start = Instant::now();
        loop {
            if let Some(value) = condition()? {
                return Ok(value);
            }
            if self.is_set() {
                return Err(TaskError::program(what, "interrupted"));
            }
            if start.elapsed() > limit {
                let seconds = limit.as_secs();
                return Err(TaskError::program(what, format!("not within {seconds} s")));
            }
            thread::sleep(POLL);
        }
    }
}
