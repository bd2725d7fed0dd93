//! The state that all connections share.

use std::sync::Arc;

use plugin_api::TokenType;

use super::{description::Descriptions, plugin_probe::PluginProbe, shared_probe::SharedProbe};
use crate::{
    backend::models::ModelApi,
    blocking::BlockingThreads,
    generations::Generations,
    http::{byte_budget::ByteBudget, shared_text::SharedText},
    plugins::ModelListing,
    policy::Scope,
    telemetry::{AccessLog, KeyForm, log_limit::LogLimit, metrics::Metrics},
};

/// The parts of a server, assembled at startup.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) generations: Arc<Generations>,
    pub(crate) models: ModelApi,
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
    /// For the readiness of plugins: the reason of the first that cannot work.
    pub(crate) readiness_probe: SharedProbe<Option<String>>,
    pub(crate) threads: RequestThreads,
    pub(crate) access_log: AccessLog,
    pub(crate) blocked_calls: LogLimit,
    /// What is not logged of a path.
    pub(crate) key_form: KeyForm,
    pub(crate) body_budgets: BodyBudgets,
}

/// Of the bodies that are read whole. The parts count the same bytes, and each leaves some to the others.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudgets {
    /// All of it, for requests with another key than that for inference.
    pub(crate) all: ByteBudget,
    /// For requests with that key.
    pub(crate) inference: ByteBudget,
    /// For requests without a key.
    pub(crate) open: ByteBudget,
}

impl BodyBudgets {
    /// The budget for requests with the key of this scope.
    pub(super) fn of_scope<S: Scope>(&self) -> &ByteBudget {
        if S::TOKEN_TYPE == TokenType::INFERENCE {
            &self.inference
        } else {
            &self.all
        }
    }
}

/// Where requests wait for plugins and files.
#[derive(Clone, Debug)]
pub(crate) struct RequestThreads {
    /// For `/token`: no other plugin that blocks keeps a key from being replaced.
    pub(crate) rotations: BlockingThreads,
    pub(crate) others: BlockingThreads,
}
