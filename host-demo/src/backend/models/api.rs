//! The models as a backend: each handler requires the permit of its scope.

use std::{sync::Arc, time::Instant};

use http::{Response, request::Parts};

use super::{ModelRegistry, read_image};
use crate::{
    http::{body::ResponseBody, rejection::Rejection, request_body::RequestBody, response},
    policy::{Inference, Permit},
    telemetry::metrics::Metrics,
};

/// The models of this process.
#[derive(Debug)]
pub(crate) struct ModelApi {
    pub(super) models: Arc<ModelRegistry>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) max_request_size_bytes: usize,
    pub(super) default_workers: usize,
}

/// A model as a path names it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ModelPath<'p> {
    /// Empty if the path has no name.
    pub(crate) name: &'p str,
    /// None for the default version.
    pub(crate) version: Option<&'p str>,
}

impl ModelApi {
    pub(crate) const fn new(
        models: Arc<ModelRegistry>,
        metrics: Arc<Metrics>,
        max_request_size_bytes: usize,
        default_workers: usize,
    ) -> Self {
        Self {
            models,
            metrics,
            max_request_size_bytes,
            default_workers,
        }
    }

    /// `/predictions/{name}[/{version}]`: the image is the body, or its multipart field `data`.
    pub(crate) async fn predict(
        &self,
        _: &Permit<Inference>,
        model: ModelPath<'_>,
        parts: &Parts,
        body: RequestBody,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let ModelPath { name, version } = model;
        // An unknown model is reported before a long body is read.
        let described = self.models.describe(name, version)?;
        let media_type = parts.headers.get(http::header::CONTENT_TYPE);
        let image = read_image(media_type, body, self.max_request_size_bytes).await?;
        let start = Instant::now();
        let prediction = self.models.predict(name, version, image).await?;
        self.metrics
            .observe_inference(described.name.as_str(), start.elapsed());
        Ok(response::json(&prediction))
    }
}
