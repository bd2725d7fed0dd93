//! From what a startup opened to the state that all connections share.

use std::{num::NonZeroUsize, sync::Arc};

use super::memory_limit::default_buffered_bytes;
use crate::{
    backend::{
        Backends,
        models::{ModelApi, ModelApiLimits, ModelRegistry},
        proxy::ReverseProxy,
    },
    config::{Config, CorsSettings},
    generations::Generations,
    http::{byte_budget::ByteBudget, cors::Cors, rejection::ErrorForm, request_body::BodyLimits},
    request::{
        application::{Application, RequestThreads},
        plugin_probe::PluginProbe,
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
    /// None without an upstream.
    pub(super) proxy: Option<Arc<ReverseProxy>>,
    pub(super) threads: RequestThreads,
    pub(super) metrics: Arc<Metrics>,
    pub(super) access_log: AccessLog,
    /// Of requests with a key.
    pub(super) bodies: BodyLimits,
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
        bodies,
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
                    bodies: bodies.clone(),
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
        key_form: KeyForm::new(config.token_key_bytes()),
        error_form,
        open_bodies: without_key(&bodies),
        bodies,
        body_idle_max: config.bodies.idle_timeout,
        header_bytes_max: config.clients.header_bytes_max,
    }
}

/// The limits of the bodies that are read whole.
pub(super) fn body_limits(config: &Config) -> BodyLimits {
    let bytes_max = config.max_request_size_bytes;
    let buffered = config.bodies.buffered_bytes_max;
    let buffered = buffered.unwrap_or_else(|| default_buffered_bytes(bytes_max));
    BodyLimits {
        bytes_max,
        time_max: config.bodies.timeout,
        budget: ByteBudget::new(buffered),
    }
}

/// The same for requests without a key, which leave room for those with one.
fn without_key(bodies: &BodyLimits) -> BodyLimits {
    let quarter = bodies.budget.bytes_max() / 4;
    BodyLimits {
        budget: bodies.budget.part(quarter.max(bodies.bytes_max)),
        ..bodies.clone()
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
