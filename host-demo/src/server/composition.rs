//! From what a startup opened to the state that all connections share.

use std::{num::NonZeroUsize, sync::Arc};

use crate::{
    backend::{
        Backends,
        models::{ModelApi, ModelApiLimits, ModelRegistry},
        proxy::ReverseProxy,
    },
    config::{Config, CorsSettings},
    generations::Generations,
    http::{cors::Cors, rejection::ErrorForm},
    request::{
        application::{Application, RequestThreads},
        plugin_probe::PluginProbe,
    },
    telemetry::{AccessLog, log_limit::LogLimit, metrics::Metrics},
};

/// What serves, beside the configuration.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) generations: Generations,
    pub(super) models: Arc<ModelRegistry>,
    /// None without an upstream.
    pub(super) proxy: Option<Arc<ReverseProxy>>,
    pub(super) threads: RequestThreads,
    pub(super) metrics: Arc<Metrics>,
    pub(super) access_log: AccessLog,
}

/// The state that all connections share.
pub(super) fn application(config: &Config, parts: Parts) -> Application {
    let Parts {
        generations,
        models,
        proxy,
        threads,
        metrics,
        access_log,
    } = parts;
    let error_form = proxy
        .as_ref()
        .map_or_else(ErrorForm::default, |proxy| proxy.error_form());
    let probe = || PluginProbe::new(threads.others.clone());
    Application {
        generations: Arc::new(generations),
        listing: Arc::clone(&models) as _,
        backends: Backends {
            models: ModelApi::new(
                models,
                Arc::clone(&metrics),
                threads.others.clone(),
                ModelApiLimits {
                    max_request_size_bytes: config.max_request_size_bytes,
                    prediction_timeout: config.prediction_timeout,
                    default_workers: config
                        .default_workers_per_model
                        .map_or(0, NonZeroUsize::get),
                },
            ),
            proxy,
        },
        metrics,
        metrics_probe: probe(),
        names_probe: probe(),
        readiness_probe: probe(),
        threads,
        access_log,
        cors: cors(config),
        trusted_proxies: config.trusted_proxies.clone(),
        token_status: config.token.status,
        cut_streams_on_revocation: config.cut_streams_on_revocation,
        token_header: config.token.header.clone(),
        blocked_calls: LogLimit::new(),
        error_form,
        max_request_size_bytes: config.max_request_size_bytes,
        header_bytes_max: config.clients.header_bytes_max,
    }
}

fn cors(config: &Config) -> Cors {
    let CorsSettings {
        allowed_origin,
        allowed_methods,
        allowed_headers,
    } = config.cors.clone();
    Cors::new(allowed_origin, allowed_methods, allowed_headers)
}
