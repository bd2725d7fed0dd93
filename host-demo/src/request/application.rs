//! What all connections share.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::RwLock;

use crate::{
    backend::models::ModelApi,
    config::TokenAuthStatus,
    generations::reload::{ReloadError, Reloader, Report},
    plugins::{PLUGINS, Plugins, ServerContext},
    policy::Authorizer,
    telemetry::{AccessLog, error_chain::error_chain, metrics::Metrics},
};

/// A server's parts, put together at start. Only the generation of plugins is ever replaced.
#[derive(Debug)]
pub(crate) struct Application {
    /// A request looks at it once, so route and permit come from the same plugins.
    pub(crate) generation: ArcSwap<Generation>,
    /// Held for reading while a key is replaced, for writing while a successor takes over: a key
    /// that was replaced in between would be lost.
    pub(crate) rotations: Arc<RwLock<()>>,
    pub(crate) reloader: Reloader,
    pub(crate) backend: ModelApi,
    pub(crate) context: ServerContext,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) access_log: AccessLog,
    pub(crate) token_status: TokenAuthStatus,
    pub(crate) max_request_size_bytes: usize,
}

/// The plugins that serve now, and the decision that they bring.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) plugins: Plugins,
    pub(crate) authorizer: Authorizer,
}

impl Application {
    /// Puts the plugins that the folder holds now in place of those that serve; blocks. Both outcomes
    /// are logged and counted.
    pub(crate) fn reload(&self) -> Result<Report, ReloadError> {
        let outcome = self.reloader.reload(self);
        match &outcome {
            Ok(report) => {
                for (file, outcome) in &report.files {
                    tracing::info!(target: PLUGINS, "{}: {outcome}", file.display());
                }
                tracing::info!(target: PLUGINS, "generation {} serves", report.generation);
            }
            Err(ReloadError::Ending) => {
                tracing::info!(target: PLUGINS, "no reload, because the server ends");
                return outcome;
            }
            Err(error @ ReloadError::NoKeys(_)) => {
                tracing::error!(target: PLUGINS, "the reload failed: {}", error_chain(error));
            }
            Err(error) => tracing::error!(
                target: PLUGINS,
                "the reload failed, the plugins stay as they are: {}",
                error_chain(error)
            ),
        }
        self.metrics.count_reload(outcome.is_ok());
        outcome
    }

    /// Tells the plugins that the server shuts down, unless they were told already.
    pub(crate) fn shutdown(&self) {
        self.reloader.close();
        self.generation.load_full().plugins.shutdown();
        self.reloader.remove_copies();
    }
}
