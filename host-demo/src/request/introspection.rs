//! `/metrics`, `/ping` and `/ready`: the state of the host, its plugins and its upstreams.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::{operations::MetricsOperation, plugin_probe::PluginProbe, service::Service};
use crate::{
    http::{body::ResponseBody, rejection::Rejection, response},
    plugins::metrics_registry,
    policy::Principal,
    telemetry::metrics::PluginCall,
};

const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

impl Service {
    pub(super) async fn introspect(
        &self,
        operation: MetricsOperation,
    ) -> Result<Response<ResponseBody>, Rejection> {
        match operation {
            MetricsOperation::Metrics | MetricsOperation::HostMetrics => Ok(self.metrics().await),
            MetricsOperation::Ping => Ok(self.ping()),
            MetricsOperation::Ready => self.ready().await,
        }
    }

    /// TorchServe's response to a ping, of the upstream if there is one.
    fn ping(&self) -> Response<ResponseBody> {
        match self.upstream_down() {
            None => healthy(),
            Some(_) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                response::json_with_status(status, &json!({"status": "Unhealthy"}))
            }
        }
    }

    /// The setting of an upstream that is down.
    fn upstream_down(&self) -> Option<&'static str> {
        let generation = self.application.generations.current();
        generation.settings.proxy.as_ref()?.upstream_down()
    }

    /// The host's metrics, and those of the plugins unless one of them does not respond in time.
    async fn metrics(&self) -> Response<ResponseBody> {
        let shared = &self.application.metrics_text;
        if let Some(text) = shared.held(Instant::now()) {
            return response::with_type(StatusCode::OK, OPENMETRICS, text);
        }
        self.collect_principals().await;
        let generation = Arc::clone(&self.application.generations.current());
        let settings = Arc::clone(&generation.settings);
        let registry = move || metrics_registry(generation.plugins.loaded());
        let probe = &self.application.metrics_probe;
        let plugins = self.ask(PluginCall::Metrics, probe, registry).await;
        let upstreams = settings.proxy.as_ref().map(|proxy| proxy.snapshots());
        let text = self
            .application
            .metrics
            .render(upstreams.unwrap_or_default(), &plugins.unwrap_or_default());
        let text = shared.keep(Bytes::from(text), Instant::now());
        response::with_type(StatusCode::OK, OPENMETRICS, text)
    }

    /// Assigns the requests that were counted so far to the current names of their keys.
    pub(super) async fn collect_principals(&self) {
        let generation = Arc::clone(&self.application.generations.current());
        let metrics = Arc::clone(&self.application.metrics);
        let collect = move || {
            metrics.collect_principals(&|key| generation.authorizer.name(Principal::new(key)));
        };
        let probe = &self.application.names_probe;
        self.ask(PluginCall::Name, probe, collect).await;
    }

    /// 503 with the first upstream that is down, or the first plugin that cannot work and its
    /// reason.
    async fn ready(&self) -> Result<Response<ResponseBody>, Rejection> {
        if let Some(setting) = self.upstream_down() {
            return Err(not_ready(&format!("no address of {setting} is up")));
        }
        let generations = Arc::clone(&self.application.generations);
        let first_reason = move || {
            // The plugins that serve when the call begins: it answers others, too.
            let generation = Arc::clone(&generations.current());
            let plugins = generation.plugins.loaded().iter();
            let mut reasons = plugins.filter_map(|plugin| {
                let error = plugin.lifecycle.ready().err()?;
                Some(format!("{}: {error}", plugin.identity.name))
            });
            reasons.next()
        };
        let answer = self.application.readiness_probe.run(first_reason).await;
        match self.counted(PluginCall::Ready, answer) {
            Some(None) => Ok(response::json(&json!({"status": "Ready"}))),
            Some(Some(reason)) => Err(not_ready(&reason)),
            None => Err(not_ready("a plugin does not respond in time.")),
        }
    }

    /// Calls all plugins; none, and counted, if they do not respond in time.
    async fn ask<T: Send + 'static>(
        &self,
        call: PluginCall,
        probe: &PluginProbe,
        question: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.counted(call, probe.run(question).await)
    }

    fn counted<T>(&self, call: PluginCall, answer: Option<T>) -> Option<T> {
        if answer.is_none() {
            self.application.metrics.plugins().count_timeout(call);
        }
        answer
    }
}

fn not_ready(reason: &str) -> Rejection {
    Rejection::unavailable(format!("Not ready: {reason}"))
}

/// TorchServe's response to a ping.
pub(super) fn healthy() -> Response<ResponseBody> {
    response::json(&json!({"status": "Healthy"}))
}
