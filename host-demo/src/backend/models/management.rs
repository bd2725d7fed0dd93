//! `/models` and what is below it, in the form of TorchServe's management API.

use std::sync::Arc;

use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    ModelApi, ModelDescription, ModelName, ModelPath, ModelRegistry, ModelUrl, Registration,
    query::Query,
};
use crate::{
    http::{
        body::ResponseBody,
        rejection::Rejection,
        response::{json, json_with_status, timestamp},
    },
    policy::{Management, Permit},
};

/// How many models one response lists by default.
const PAGE_DEFAULT: usize = 100;

impl ModelApi {
    /// The registered models. `limit` and `next_page_token`, the number of models to skip, as
    /// TorchServe pages.
    pub(crate) fn list(
        &self,
        _: &Permit<Management>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let query = Query::parse(query)?;
        let limit = query
            .count("limit")?
            .unwrap_or(PAGE_DEFAULT)
            .clamp(1, PAGE_DEFAULT);
        let skip = query.count("next_page_token")?.unwrap_or_default();
        let all = self.models.names();
        let page = all.iter().skip(skip).take(limit);
        let next = skip.saturating_add(limit);
        Ok(json(&ModelList {
            models: page.map(ModelSummary::of).collect(),
            next_page_token: (next < all.len()).then(|| next.to_string()),
        }))
    }

    /// Registers a model of the model store.
    pub(crate) async fn register(
        &self,
        _: &Permit<Management>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let query = Query::parse(query)?;
        let Some(url) = query.text("url") else {
            return Err(Rejection::bad_request("Parameter url is required."));
        };
        let workers = query
            .count("initial_workers")?
            .unwrap_or(self.default_workers);
        let (url, name, version) = (
            url.to_owned(),
            query.text("model_name").map(str::to_owned),
            query.text("model_version").map(str::to_owned),
        );
        let models = Arc::clone(&self.models);
        let registered = self.threads.run(move || {
            models.register(&Registration {
                url: &url,
                name: name.as_deref(),
                version: version.as_deref(),
                initial_workers: workers,
                loaded_at_startup: false,
            })
        });
        let model = registered.await??;
        let (name, version) = (model.name, model.version);
        tracing::info!("model {name} {version} registered with {workers} workers");
        let hint = if workers == 0 {
            ". Use scale workers API to add workers for the model."
        } else {
            ""
        };
        Ok(status(&format!(
            "Model \"{name}\" Version: {version} registered with {workers} initial workers{hint}"
        )))
    }

    /// One version of a model, or `all` of them.
    pub(crate) fn describe(
        &self,
        _: &Permit<Management>,
        model: ModelPath<'_>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        Query::parse(query)?;
        let ModelPath { name, version } = model;
        let models = if version == Some("all") {
            self.models.describe_all(name)?
        } else {
            vec![self.models.describe(name, version)?]
        };
        let described = models.iter().map(description).collect::<Vec<_>>();
        Ok(json(&described))
    }

    /// Sets the number of a model's workers.
    pub(crate) async fn scale(
        &self,
        _: &Permit<Management>,
        model: ModelPath<'_>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let query = Query::parse(query)?;
        let workers = query.count("min_worker")?.unwrap_or(1);
        self.change(model, move |models, name, version| {
            models.scale(name, version, workers)
        })
        .await?;
        let name = model.name;
        tracing::info!("model {name} scaled to {workers} workers");
        if query
            .text("synchronous")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        {
            return Ok(status(&format!(
                "Workers scaled to {workers} for model: {name}"
            )));
        }
        // The workers have been started already; a client that did not ask to wait gets
        // TorchServe's response all the same.
        let body = json!({"status": "Processing worker updates..."});
        Ok(json_with_status(StatusCode::ACCEPTED, &body))
    }

    /// Unregisters one version of a model.
    pub(crate) async fn unregister(
        &self,
        _: &Permit<Management>,
        model: ModelPath<'_>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        Query::parse(query)?;
        self.change(model, ModelRegistry::unregister).await?;
        let name = model.name;
        if self.models.describe(name, None).is_err() {
            self.metrics.models().forget(name);
        }
        tracing::info!("model {name} unregistered");
        Ok(status(&format!("Model \"{name}\" unregistered")))
    }

    /// Makes a version the default one.
    pub(crate) async fn set_default_version(
        &self,
        _: &Permit<Management>,
        model: ModelPath<'_>,
        query: Option<&str>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        Query::parse(query)?;
        self.change(model, |models, name, version| {
            models.set_default(name, version.unwrap_or_default())
        })
        .await?;
        let ModelPath { name, version } = model;
        Ok(status(&format!(
            "Default version successfully updated for model \"{name}\" to \"{}\"",
            version.unwrap_or_default()
        )))
    }

    /// Changes a model. Changes are serialized, so this must not run on a thread that serves
    /// connections.
    async fn change<E: Send + 'static>(
        &self,
        model: ModelPath<'_>,
        work: impl FnOnce(&ModelRegistry, &str, Option<&str>) -> Result<(), E> + Send + 'static,
    ) -> Result<(), Rejection>
    where
        Rejection: From<E>,
    {
        let models = Arc::clone(&self.models);
        let (name, version) = (model.name.to_owned(), model.version.map(str::to_owned));
        let changed = self
            .threads
            .run(move || work(&models, &name, version.as_deref()));
        Ok(changed.await??)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModelList<'a> {
    models: Vec<ModelSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModelSummary<'a> {
    model_name: &'a str,
    model_url: &'a str,
}

impl<'a> ModelSummary<'a> {
    fn of((name, url): &'a (ModelName, ModelUrl)) -> Self {
        Self {
            model_name: name.as_str(),
            model_url: url.as_str(),
        }
    }
}

fn status(text: &str) -> Response<ResponseBody> {
    json_with_status(StatusCode::OK, &json!({ "status": text }))
}

fn description(model: &ModelDescription) -> Value {
    let workers: Vec<Value> = model
        .workers
        .iter()
        .map(|worker| {
            json!({
                "id": worker.id.to_string(),
                "startTime": timestamp(worker.started_at),
                "status": if worker.is_running { "READY" } else { "UNLOADING" },
                "memoryUsage": worker.memory_bytes,
                "gpu": false,
            })
        })
        .collect();
    json!({
        "modelName": model.name.as_str(),
        "modelVersion": model.version.as_str(),
        "modelUrl": model.url.as_str(),
        "handler": model.handler(),
        "runtime": "onnx",
        "minWorkers": workers.len(),
        "maxWorkers": workers.len(),
        "batchSize": 1,
        "maxBatchDelay": 0,
        "defaultVersion": model.is_default,
        "loadedAtStartup": model.loaded_at_startup,
        "workers": workers,
        "jobQueueStatus": {
            "remainingCapacity": model.jobs_max.saturating_sub(model.jobs_waiting),
            "pendingRequests": model.jobs_waiting,
        },
    })
}
