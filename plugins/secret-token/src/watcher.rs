use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use arc_swap::ArcSwap;
use plugin_api::{Log, LogLevel, PluginError};

use crate::{
    key_folder::{self, KeyFolderError},
    key_set::KeySet,
};

/// The thread that reads the folder periodically. It ends when the watcher is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    thread: JoinHandle<()>,
    /// Nothing is ever sent: the thread waits for this end to be closed.
    end: Sender<()>,
}

impl Watcher {
    pub(crate) fn start(
        folder: PathBuf,
        poll: Duration,
        keys: Arc<ArcSwap<KeySet>>,
        log: Log,
    ) -> Result<Self, PluginError> {
        let (end, ended) = mpsc::channel();
        let mut updater = Updater::new(keys);
        let thread = thread::Builder::new()
            .name("secret-token".into())
            .spawn(move || {
                each(poll, &ended, || {
                    if let Some((level, message)) = updater.apply(key_folder::read(&folder)) {
                        log.write(level, &message);
                    }
                });
            })
            .map_err(|error| PluginError::new(format!("thread secret-token: {error}")))?;
        Ok(Self { thread, end })
    }

    /// Ends the thread and waits for it, at most as long as reading the folder once takes.
    pub(crate) fn stop(self) {
        drop(self.end);
        // A panic of the thread is in the log already.
        let _ = self.thread.join();
    }
}

/// Does `work` once per `poll` until the other end of `ended` is closed.
fn each(poll: Duration, ended: &Receiver<()>, mut work: impl FnMut()) {
    while ended.recv_timeout(poll) == Err(RecvTimeoutError::Timeout) {
        work();
    }
}

/// Puts the keys of the folder in force.
#[derive(Debug)]
struct Updater {
    keys: Arc<ArcSwap<KeySet>>,
    /// Why the folder could not be read the last time.
    error: Option<String>,
}

impl Updater {
    const fn new(keys: Arc<ArcSwap<KeySet>>) -> Self {
        Self { keys, error: None }
    }

    /// Puts new keys in force, or leaves the old ones in force if there are none. Returns what is to be logged.
    fn apply(&mut self, found: Result<KeySet, KeyFolderError>) -> Option<(LogLevel, String)> {
        match found {
            Err(error) => {
                let error = error.to_string();
                if self.error.as_ref() == Some(&error) {
                    return None;
                }
                let message = format!("the old keys remain in force: {error}");
                self.error = Some(error);
                Some((LogLevel::Warn, message))
            }
            Ok(found) => {
                let recovered = self.error.take().is_some();
                if !found.is_same_as(&self.keys.load()) {
                    self.keys.store(Arc::new(found));
                    return Some((LogLevel::Info, "new keys are in force".into()));
                }
                recovered.then(|| (LogLevel::Info, "the keys can be read again".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
