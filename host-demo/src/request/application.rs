//! The state that all connections share.

use std::sync::Arc;

use super::{description::Descriptions, plugin_probe::PluginProbe};
use crate::{
    backend::Backends,
    blocking::BlockingThreads,
    generations::Generations,
    http::{byte_budget::ByteBudget, rejection::ErrorForm, shared_text::SharedText},
    plugins::ModelListing,
    telemetry::{AccessLog, KeyForm, log_limit::LogLimit, metrics::Metrics},
};

/// The parts of a server, assembled at startup.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) generations: Arc<Generations>,
    pub(crate) backends: Backends,
    /// The models, for plugins.
    pub(crate) listing: Arc<dyn ModelListing>,
    pub(crate) metrics: Arc<Metrics>,
    /// What `/metrics` answers.
    pub(crate) metrics_text: SharedText,
    /// What `/api-description` answers.
    pub(crate) descriptions: Descriptions,
    /// For the metrics of plugins.
    pub(crate) metrics_probe: PluginProbe,
    /// For the names of keys: a rotation does not wait for a plugin that blocks in its metrics.
    pub(crate) names_probe: PluginProbe,
    pub(crate) readiness_probe: PluginProbe,
    pub(crate) threads: RequestThreads,
    pub(crate) access_log: AccessLog,
    pub(crate) blocked_calls: LogLimit,
    /// What is not logged of a path.
    pub(crate) key_form: KeyForm,
    /// The form of errors for clients that do not call by gRPC.
    pub(crate) error_form: ErrorForm,
    /// Of bodies that are read whole.
    pub(crate) body_budget: ByteBudget,
    /// The part of it for requests without a key.
    pub(crate) open_body_budget: ByteBudget,
}

/// Where requests wait for plugins and files.
#[derive(Clone, Debug)]
pub(crate) struct RequestThreads {
    /// For `/token`: no other plugin that blocks keeps a key from being replaced.
    pub(crate) rotations: BlockingThreads,
    pub(crate) others: BlockingThreads,
}
