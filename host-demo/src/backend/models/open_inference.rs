//! Server and models as the Open Inference Protocol, version 2, describes them.

use http::Response;
use serde::Serialize;
use serde_json::json;

use super::{ModelApi, ModelPath, signature::TensorSpec};
use crate::{
    http::{body::ResponseBody, rejection::Rejection, response::json},
    policy::{Inference, Permit},
};

/// The protocol's name for ONNX models.
const PLATFORM: &str = "onnx_onnxv1";

impl ModelApi {
    /// `/v2`.
    pub(crate) fn server_metadata(_: &Permit<Inference>) -> Response<ResponseBody> {
        json(&json!({
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "extensions": ["binary_tensor_data"],
        }))
    }

    /// `/v2/health/live`.
    pub(crate) fn live(_: &Permit<Inference>) -> Response<ResponseBody> {
        json(&json!({"live": true}))
    }

    /// `/v2/health/ready`: whether the default version of each model has a worker.
    pub(crate) fn ready(&self, _: &Permit<Inference>) -> Result<Response<ResponseBody>, Rejection> {
        let models = self.models.list();
        match models.iter().find(|model| !model.is_ready()) {
            None => Ok(json(&json!({"ready": true}))),
            Some(model) => Err(not_ready(model.name.as_str())),
        }
    }

    /// `/v2/models/{name}[/versions/{version}]/ready`: whether it has a worker.
    pub(crate) fn model_ready(
        &self,
        _: &Permit<Inference>,
        ModelPath { name, version }: ModelPath<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let model = self.models.describe(name, version)?;
        let name = model.name.as_str();
        if model.is_ready() {
            Ok(json(&json!({"name": name, "ready": true})))
        } else {
            Err(not_ready(name))
        }
    }

    /// `/v2/models/{name}[/versions/{version}]`: its tensors.
    pub(crate) fn model_metadata(
        &self,
        _: &Permit<Inference>,
        ModelPath { name, version }: ModelPath<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let model = self.models.describe(name, version)?;
        let versions = self.models.describe_all(name)?;
        Ok(json(&ModelMetadata {
            name: model.name.as_str(),
            versions: versions.iter().map(|one| one.version.as_str()).collect(),
            platform: PLATFORM,
            inputs: &model.signature.inputs,
            outputs: &model.signature.outputs,
        }))
    }
}

#[derive(Serialize)]
struct ModelMetadata<'a> {
    name: &'a str,
    versions: Vec<&'a str>,
    platform: &'static str,
    inputs: &'a [TensorSpec],
    outputs: &'a [TensorSpec],
}

fn not_ready(model: &str) -> Rejection {
    Rejection::unavailable(format!("Not ready: model \"{model}\" has no worker."))
}
