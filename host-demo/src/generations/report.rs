//! The outcome of a reload.

use std::path::PathBuf;

use host_sync::Closed;

use super::{error::BuildError, generation::Generation};
use crate::{
    backend::proxy::ProxyError,
    config::{ChangedSetting, RereadError, listed_settings},
    plugins::{PLUGINS, PluginChange},
    telemetry::error_chain::error_chain,
    tls::TlsError,
};

/// What a reload did.
#[derive(Debug)]
pub(crate) struct ReloadReport {
    /// The generation that serves now.
    pub(crate) generation: u64,
    /// What happened to each file, sorted by path.
    pub(crate) changes: Vec<(PathBuf, PluginChange)>,
    /// The settings whose new values are in force now.
    pub(crate) changed_settings: Vec<ChangedSetting>,
    /// The settings whose new values wait for a restart.
    pub(crate) waiting_settings: Vec<ChangedSetting>,
}

/// Why the old generation continues to serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ReloadError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] RereadError),
    /// The files that the configuration now names for TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The upstreams that the configuration now names cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// No generation could be made of the folder.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The server is shutting down, so that no reload begins.
    #[error(transparent)]
    Ending(#[from] Closed),
}

impl ReloadReport {
    /// The report for a folder whose plugins serve already with all that they read.
    pub(super) fn unchanged(serving: &Generation, waiting: Vec<ChangedSetting>) -> Self {
        let loaded = serving.plugins.loaded().iter();
        Self {
            generation: serving.number,
            changes: loaded
                .map(|plugin| (plugin.identity.file.clone(), PluginChange::Unchanged))
                .collect(),
            changed_settings: Vec::new(),
            waiting_settings: waiting,
        }
    }
}

/// Logs the outcome of a reload.
pub(super) fn log(outcome: &Result<ReloadReport, ReloadError>) {
    match outcome {
        Ok(report) => {
            for (file, change) in &report.changes {
                tracing::info!(target: PLUGINS, "{}: {change}", file.display());
            }
            if !report.changed_settings.is_empty() {
                tracing::info!(
                    "changed settings: {}",
                    listed_settings(&report.changed_settings)
                );
            }
            tracing::info!(target: PLUGINS, "generation {} serves", report.generation);
        }
        Err(ReloadError::Ending(_)) => {
            tracing::info!(target: PLUGINS, "no reload, because the server is shutting down");
        }
        Err(error @ ReloadError::Build(BuildError::NoKeys(_))) => {
            tracing::error!(target: PLUGINS, "the reload failed: {}", error_chain(error));
        }
        Err(error @ (ReloadError::Config(_) | ReloadError::Tls(_) | ReloadError::Proxy(_))) => {
            tracing::error!(
                "the reload failed, settings and plugins are unchanged: {}",
                error_chain(error)
            );
        }
        Err(error) => tracing::error!(
            target: PLUGINS,
            "the reload failed, the plugins are unchanged: {}",
            error_chain(error)
        ),
    }
}
