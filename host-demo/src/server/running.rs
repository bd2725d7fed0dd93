//! A server that accepts connections, and its end.

use std::{sync::Arc, thread::JoinHandle};

use tokio::sync::watch;

use super::certificates::Certificates;
use crate::generations::{Generations, WatchThread};

/// A server that accepts.
#[derive(Debug)]
pub struct Running {
    pub(super) generations: Arc<Generations>,
    pub(super) certificates: Arc<Certificates>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) stop: watch::Sender<bool>,
    /// Where the configuration asks for one.
    pub(super) watch: Option<WatchThread>,
}

impl Running {
    /// A handle that shuts the plugins down without waiting for running requests.
    #[must_use]
    pub fn plugins(&self) -> PluginsHandle {
        PluginsHandle(Arc::clone(&self.generations))
    }

    /// A handle that replaces certificate and plugins.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        ReloadHandle {
            certificates: Arc::clone(&self.certificates),
            generations: Arc::clone(&self.generations),
        }
    }

    /// Stops accepting, lets running requests finish for at most `shutdown_timeout_sec`, and shuts the
    /// plugins down. Blocks until all of this is done.
    pub fn shutdown(self) {
        // An error means that the serving threads have ended already.
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
    /// Shuts down every serving plugin that is not shut down yet, without waiting for a running reload.
    pub fn shutdown_at_once(&self) {
        self.0.close_at_once();
    }
}

/// Reloads certificate and plugins of a running server.
#[derive(Clone, Debug)]
pub struct ReloadHandle {
    certificates: Arc<Certificates>,
    generations: Arc<Generations>,
}

impl ReloadHandle {
    /// Reads the certificate with its key and the client authorities again, then the plugins folder, and logs the
    /// outcome of each; neither depends on the other. Blocks. Leaves the plugins if another caller waits for its turn
    /// to reload them: one reload serves both.
    pub fn reload(&self) {
        self.certificates.reload();
        self.generations.reload_once();
    }
}
