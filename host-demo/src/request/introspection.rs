//! `/metrics`, `/ping` and `/ready`: the state of the host and its plugins.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::{operations::MetricsOperation, service::Service};
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
            MetricsOperation::Ping => Ok(healthy()),
            MetricsOperation::Ready => self.ready().await,
        }
    }

    /// The host's metrics, and those of the plugins unless one of them does not respond in time.
    async fn metrics(&self) -> Response<ResponseBody> {
        self.collect_principals().await;
        let generation = Arc::clone(&self.application.generations.current());
        let plugins = self
            .application
            .metrics_probe
            .run(move || metrics_registry(generation.plugins.loaded()))
            .await;
        if plugins.is_none() {
            self.application.metrics.count_timeout(PluginCall::Metrics);
        }
        let text = self
            .application
            .metrics
            .render(&plugins.unwrap_or_default());
        response::with_type(StatusCode::OK, OPENMETRICS, text)
    }

    /// Assigns the requests that were counted so far to the current names of their keys.
    pub(super) async fn collect_principals(&self) {
        let generation = Arc::clone(&self.application.generations.current());
        let metrics = Arc::clone(&self.application.metrics);
        let collected = self.application.names_probe.run(move || {
            metrics.collect_principals(&|key| generation.authorizer.name(Principal::new(key)));
        });
        if collected.await.is_none() {
            self.application.metrics.count_timeout(PluginCall::Name);
        }
    }

    /// 503 with the first plugin that cannot work, and its reason.
    async fn ready(&self) -> Result<Response<ResponseBody>, Rejection> {
        let generation = Arc::clone(&self.application.generations.current());
        let reason = self.application.readiness_probe.run(move || {
            let plugins = generation.plugins.loaded().iter();
            let mut reasons = plugins.filter_map(|plugin| {
                let error = plugin.lifecycle.ready().err()?;
                Some(format!("{}: {error}", plugin.identity.name))
            });
            reasons.next()
        });
        match reason.await {
            Some(None) => Ok(response::json(&json!({"status": "Ready"}))),
            Some(Some(reason)) => Err(Rejection::unavailable(format!("Not ready: {reason}"))),
            None => {
                self.application.metrics.count_timeout(PluginCall::Ready);
                Err(Rejection::unavailable(
                    "Not ready: a plugin does not respond in time.".to_owned(),
                ))
            }
        }
    }
}

/// TorchServe's response to a ping.
pub(super) fn healthy() -> Response<ResponseBody> {
    response::json(&json!({"status": "Healthy"}))
}
