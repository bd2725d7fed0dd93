//! From what a startup opened to the state that all connections share.

use std::{num::NonZeroUsize, sync::Arc};

use super::memory_limit::default_buffered_bytes;
use crate::{
    backend::models::{ModelApi, ModelRegistry},
    config::Config,
    generations::Generations,
    http::{
        byte_budget::ByteBudget,
        connection_limits::{ConnectionLimits, LimitValues},
        shared_text::SharedText,
    },
    request::{
        application::{Application, BodyBudgets, RequestThreads},
        description::Descriptions,
        plugin_probe::PluginProbe,
        shared_probe::SharedProbe,
    },
    telemetry::{
        AccessLog, KeyForm,
        log_limit::LogLimit,
        metrics::{BufferedBytes as _, Metrics},
    },
};

/// What serves, beside the configuration.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) generations: Generations,
    pub(super) models: Arc<ModelRegistry>,
    pub(super) threads: RequestThreads,
    pub(super) metrics: Arc<Metrics>,
    pub(super) access_log: AccessLog,
    pub(super) body_budgets: BodyBudgets,
}

/// The state that all connections share.
pub(super) fn application(config: &Config, parts: Parts) -> Application {
    let Parts {
        generations,
        models,
        threads,
        metrics,
        access_log,
        body_budgets,
    } = parts;
    let probe = || PluginProbe::new(threads.others.clone());
    Application {
        generations: Arc::new(generations),
        listing: Arc::clone(&models) as _,
        models: ModelApi::new(
            models,
            Arc::clone(&metrics),
            threads.others.clone(),
            config
                .default_workers_per_model
                .map_or(0, NonZeroUsize::get),
        ),
        metrics,
        metrics_text: SharedText::default(),
        descriptions: Descriptions::default(),
        metrics_probe: probe(),
        names_probe: probe(),
        readiness_probe: SharedProbe::new(probe()),
        threads,
        access_log,
        blocked_calls: LogLimit::new(),
        key_form: KeyForm::new(config.token_key_bytes()),
        body_budgets,
    }
}

/// The limits of connections.
pub(super) fn connection_limits(config: &Config, metrics: Arc<Metrics>) -> ConnectionLimits {
    let clients = &config.clients;
    let values = LimitValues {
        header_timeout: clients.header_timeout,
        idle_timeout: clients.idle_timeout,
        write_timeout: clients.write_timeout,
        streams_max: clients.http2_streams_max,
        streams_before_key_max: clients.http2_streams_before_key_max,
        requests_before_key_max: clients.requests_before_key_max.get(),
    };
    ConnectionLimits::new(values, metrics)
}

/// The budget of the bodies that are read whole, and its parts: three quarters with the inference key and one
/// quarter without a key, but each has room for one body.
pub(super) fn body_budgets(config: &Config) -> BodyBudgets {
    let set = config.bodies.buffered_bytes_max;
    let all = ByteBudget::new(set.unwrap_or_else(|| a_quarter_or_one_body(config)));
    let quarter = all.bytes_max() / 4;
    let part = |bytes: usize| all.part(bytes.max(config.max_request_size_bytes));
    BodyBudgets {
        inference: part(all.bytes_max() - quarter),
        open: part(quarter),
        all,
    }
}

/// A quarter of the memory, or one body, with a warning if that is more.
fn a_quarter_or_one_body(config: &Config) -> usize {
    let (quarter, body) = (default_buffered_bytes(), config.max_request_size_bytes);
    if body > quarter {
        tracing::warn!(
            "max_request_size, {body} bytes, is more than a quarter of the memory, {quarter} bytes, which is the \
             default of buffered_bytes_max: one body may take that much; set buffered_bytes_max, or a smaller \
             max_request_size"
        );
    }
    quarter.max(body)
}
