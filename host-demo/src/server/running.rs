//! A server that accepts connections, and its end.

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    blocking::BlockingThreads,
    generations::{Generations, ReloadScope, WatchThread},
    telemetry::error_chain::error_chain,
};

/// How long a running reload is waited for at least, once no request runs any more.
const RELOAD_AWAITED_MIN: Duration = Duration::from_secs(1);

/// A server that accepts.
#[derive(Debug)]
pub struct Running {
    pub(super) generations: Arc<Generations>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) stop: watch::Sender<bool>,
    /// Where the configuration asks for one.
    pub(super) watch: Option<WatchThread>,
    pub(super) shutdown_timeout: Duration,
    /// For reloads.
    pub(super) reload_threads: BlockingThreads,
}

/// The server ended, but not in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The plugins were shut down all the same.
    #[error("a reload does not end, and was not waited for")]
    ReloadRuns,
}

impl Running {
    /// A handle that shuts the plugins down without waiting for running requests.
    #[must_use]
    pub fn plugins(&self) -> PluginsHandle {
        PluginsHandle(Arc::clone(&self.generations))
    }

    /// A handle that replaces settings, certificate and plugins.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        ReloadHandle {
            generations: Arc::clone(&self.generations),
            threads: self.reload_threads.clone(),
        }
    }

    /// Stops accepting, lets running requests finish for at most `shutdown_timeout_sec`, and shuts the
    /// plugins down. A reload that runs is waited for as long. Blocks until all of this is done; a plugin that
    /// does not return from its shutdown blocks it for ever.
    ///
    /// # Errors
    /// Something still runs. The plugins are shut down.
    pub fn shutdown(self) -> Result<(), ShutdownError> {
        let until = Instant::now() + self.shutdown_timeout;
        // An error means that the serving threads have ended already.
        let _ = self.stop.send(true);
        drop(self.watch);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a serving thread panicked");
            }
        }
        let until = until.max(Instant::now() + RELOAD_AWAITED_MIN);
        if self.generations.close(until) {
            Ok(())
        } else {
            Err(ShutdownError::ReloadRuns)
        }
    }
}

/// Reaches the plugins of a running server.
#[derive(Clone, Debug)]
pub struct PluginsHandle(Arc<Generations>);

impl PluginsHandle {
    /// Shuts down every plugin that is not shut down yet, first the one that checks keys, without waiting for a
    /// running reload.
    pub fn shutdown_at_once(&self) {
        self.0.close_at_once();
    }
}

/// Reloads settings, certificate and plugins of a running server.
#[derive(Clone, Debug)]
pub struct ReloadHandle {
    generations: Arc<Generations>,
    threads: BlockingThreads,
}

impl ReloadHandle {
    /// Reads the configuration, the files of TLS and the plugins folder again, and logs the outcome. Does not
    /// wait for that. Does nothing if another caller waits for its turn: one reload serves both.
    pub fn request(&self) {
        let generations = Arc::clone(&self.generations);
        let begun = self.threads.begin(move || {
            generations.reload_once(ReloadScope::Everything);
        });
        if let Err(error) = begun {
            let error = error_chain(&error);
            tracing::error!("nothing was reloaded, because other reloads run: {error}");
        }
    }
}
