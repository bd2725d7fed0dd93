//! The thread that watches the ends of the keys.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
};

use plugin_api::Log;
use token_core::{ExpiryWatch, Lifetime};

use crate::KeyFileKeyring;

#[cfg(test)]
mod tests;

/// Attends to the ends of the keys from the first keys on, until it is stopped or dropped.
///
/// There is no thread before there are keys: a plugin that is only opened, such as for a check,
/// has none.
pub(crate) struct KeyTimer {
    replace_before: Option<Lifetime>,
    log: Log,
    running: Mutex<Running>,
}

enum Running {
    NotYet,
    Yes {
        /// Dropped to end the thread.
        stop: Sender<()>,
        thread: JoinHandle<()>,
    },
    Ended,
}

impl KeyTimer {
    /// Keys for which this time is left or less are replaced.
    pub(crate) const fn new(replace_before: Option<Lifetime>, log: Log) -> Self {
        Self {
            replace_before,
            log,
            running: Mutex::new(Running::NotYet),
        }
    }

    /// Begins, unless it has begun or ended. Does not keep the keyring.
    pub(crate) fn start(&self, keyring: &Arc<KeyFileKeyring>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*running, Running::NotYet) {
            return;
        }
        let (stop, stopped) = channel();
        let (watch, keyring) = (
            ExpiryWatch::new(self.replace_before),
            Arc::downgrade(keyring),
        );
        let spawned = Builder::new()
            .name("token-keys".to_owned())
            .spawn(move || attend(watch, &keyring, &stopped));
        match spawned {
            Ok(thread) => *running = Running::Yes { stop, thread },
            Err(error) => self.log.warn(&format!(
                "no thread to watch the ends of the keys, which are neither announced nor prevented: \
                 {error}"
            )),
        }
    }

    /// Ends it, and waits for what it is doing.
    pub(crate) fn stop(&self) {
        let running = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *running, Running::Ended)
        };
        if let Running::Yes { stop, thread } = running {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for KeyTimer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for KeyTimer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyTimer")
            .field("replace_before", &self.replace_before)
            .finish_non_exhaustive()
    }
}

fn attend(mut watch: ExpiryWatch, keyring: &Weak<KeyFileKeyring>, stopped: &Receiver<()>) {
    loop {
        let pause = match keyring.upgrade() {
            Some(keyring) => watch.attend(&keyring),
            None => return,
        };
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
