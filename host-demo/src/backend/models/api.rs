//! The models as a backend: each handler requires the permit of its scope.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header::CONTENT_TYPE, request::Parts,
};
use tokio::time::timeout;

use super::{
    ModelRegistry, PredictError,
    inference::{InferenceBody, RenderedResponse, RequestError},
    predict::{Answer, PredictInput},
    read_upload,
};
use crate::{
    blocking::BlockingThreads,
    http::{
        body::ResponseBody,
        rejection::Rejection,
        request_body::{BodyLimits, RequestBody, collect},
        response,
    },
    policy::{Inference, Permit, Scope},
    telemetry::metrics::Metrics,
};

/// The models of this process.
#[derive(Debug)]
pub(crate) struct ModelApi {
    pub(super) models: Arc<ModelRegistry>,
    pub(super) metrics: Arc<Metrics>,
    /// For changes of models.
    pub(super) threads: BlockingThreads,
    /// Workers of a model that is registered without a number.
    pub(super) default_workers: usize,
}

/// The limits of a request for a prediction.
#[derive(Clone, Debug)]
pub(crate) struct PredictionLimits {
    /// Those of a body.
    pub(crate) bodies: BodyLimits,
    /// From the complete request to its prediction, the time in the queue included.
    pub(crate) prediction_timeout: Duration,
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
        threads: BlockingThreads,
        default_workers: usize,
    ) -> Self {
        Self {
            models,
            metrics,
            threads,
            default_workers,
        }
    }

    /// Whether the model of a path is there, in any version.
    ///
    /// # Errors
    /// The rejection of a request for a model that is not.
    pub(crate) fn check_registered<S: Scope>(
        &self,
        _: &Permit<S>,
        model: ModelPath<'_>,
    ) -> Result<(), Rejection> {
        self.models.describe(model.name, None)?;
        Ok(())
    }

    /// `/predictions/{name}[/{version}]`: the input is the body, or its multipart field `data`. An
    /// image classifier takes an image unless the body is JSON; all else are tensors as JSON.
    pub(crate) async fn predict(
        &self,
        _: &Permit<Inference>,
        model: ModelPath<'_>,
        parts: &Parts,
        body: RequestBody,
        limits: PredictionLimits,
    ) -> Result<Response<ResponseBody>, Rejection> {
        // An unknown model is reported before a long body is read.
        let described = self.models.describe(model.name, model.version)?;
        let media_type = parts.headers.get(CONTENT_TYPE);
        let input = read_upload(media_type, body, &limits.bodies).await?;
        let takes_image = described.is_image_classifier && !media_type.is_some_and(is_json);
        let input = if takes_image {
            PredictInput::Image(input)
        } else {
            PredictInput::Tensors(InferenceBody::json(input))
        };
        let limit = limits.prediction_timeout;
        self.answer(model, described.name.as_str(), input, limit)
            .await
    }

    /// `/v2/models/{name}[/versions/{version}]/infer`: tensors as JSON.
    pub(crate) async fn infer(
        &self,
        _: &Permit<Inference>,
        model: ModelPath<'_>,
        parts: &Parts,
        body: RequestBody,
        limits: PredictionLimits,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let described = self.models.describe(model.name, model.version)?;
        let body = collect(body, &limits.bodies).await?;
        let body = inference_body(&parts.headers, body).map_err(PredictError::Request)?;
        let input = PredictInput::Tensors(body);
        let limit = limits.prediction_timeout;
        self.answer(model, described.name.as_str(), input, limit)
            .await
    }

    async fn answer(
        &self,
        ModelPath { name, version }: ModelPath<'_>,
        label: &str,
        input: PredictInput,
        limit: Duration,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let start = Instant::now();
        let prediction = self.models.predict(name, version, input);
        let answer = timeout(limit, prediction).await;
        let Ok(answer) = answer else {
            self.metrics.models().count_timeout();
            tracing::warn!("model {label}: a prediction took longer than default_response_timeout");
            return Err(PredictError::TimedOut.into());
        };
        let answer = answer?;
        self.metrics
            .models()
            .observe_prediction(label, start.elapsed());
        Ok(match answer {
            Answer::Classes(prediction) => response::json(&prediction),
            Answer::Tensors(RenderedResponse {
                body,
                json_bytes: None,
            }) => response::with_type(StatusCode::OK, response::JSON, body),
            Answer::Tensors(RenderedResponse {
                body,
                json_bytes: Some(json_bytes),
            }) => {
                let mut response = response::with_type(StatusCode::OK, OCTET_STREAM, body);
                let headers = response.headers_mut();
                headers.insert(JSON_LENGTH, json_bytes.into());
                response
            }
        })
    }
}

/// The body, divided as a client says that appends tensors as bytes.
fn inference_body(headers: &HeaderMap, body: Bytes) -> Result<InferenceBody, RequestError> {
    let Some(length) = headers.get(JSON_LENGTH) else {
        return Ok(InferenceBody::json(body));
    };
    let length = length.to_str().ok().and_then(|length| length.parse().ok());
    length
        .and_then(|length| InferenceBody::with_json_bytes(body, length))
        .ok_or(RequestError::JsonLength)
}

fn is_json(media_type: &HeaderValue) -> bool {
    let essence = media_type.as_bytes().split(|&byte| byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}

/// How many bytes of a body are JSON, where tensors follow it as bytes.
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");
const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");
