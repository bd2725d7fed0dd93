//! A server that accepts connections, and its end.

use std::{sync::Arc, thread::JoinHandle};

use tokio::sync::watch;

use crate::generations::{Generations, WatchThread};

/// A server that accepts.
#[derive(Debug)]
pub struct Running {
    pub(super) generations: Arc<Generations>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) stop: watch::Sender<bool>,
    /// Where the configuration asks for one.
    pub(super) watch: Option<WatchThread>,
}

impl Running {
    /// A handle that tells the plugins of the end without waiting for running requests.
    #[must_use]
    pub fn plugins(&self) -> PluginsHandle {
        PluginsHandle(Arc::clone(&self.generations))
    }

    /// A handle that replaces the plugins.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        ReloadHandle(Arc::clone(&self.generations))
    }

    /// Stops accepting, lets running requests end for at most `shutdown_timeout_sec`, and tells the
    /// plugins. Blocks until all that is done.
    pub fn shutdown(self) {
        // The serving threads are gone if nobody listens any more, which is what is wanted.
        let _ = self.stop.send(true);
        drop(self.watch);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a serving thread panicked");
            }
        }
        self.generations.close();
    }
}

/// Reaches the plugins of a running server.
#[derive(Clone, Debug)]
pub struct PluginsHandle(Arc<Generations>);

impl PluginsHandle {
    /// Tells every plugin that serves that the server shuts down, unless they were told already,
    /// and waits for no reload that runs.
    pub fn shutdown_at_once(&self) {
        self.0.close_at_once();
    }
}

/// Reloads the plugins of a running server.
#[derive(Clone, Debug)]
pub struct ReloadHandle(Arc<Generations>);

impl ReloadHandle {
    /// Reads the plugins folder again; the log says what came of it. Blocks, unless another caller's
    /// reload has yet to begin: one reload is enough for both.
    pub fn reload(&self) {
        self.0.reload_once();
    }
}
