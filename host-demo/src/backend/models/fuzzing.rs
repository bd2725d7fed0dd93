//! Model files and inputs for the fuzz targets.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http_body::Body;

use super::{
    datatype::Datatype,
    decode::{self, Channels},
    graph::{Dimension, GraphSummary},
    inference::{Elements, InferenceBody, InferenceRequest},
    limits::ModelLimits,
    signature::{ShapeSpec, Signature, TensorSpec},
    size::{GraphSize, SizeError},
    upload, wire,
};
use crate::{
    http::{body::BoxError, byte_budget::ByteBudget, request_body::BodyLimits},
    telemetry::metrics::BufferedBytes as _,
};

/// A tensor of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct FuzzedTensor {
    /// The lengths of its dimensions.
    pub shape: Vec<usize>,
    /// How many elements it has.
    pub elements: usize,
}

/// Whether a file passes the check of its wire format.
#[must_use]
pub fn is_well_formed(file: &[u8]) -> bool {
    wire::check_model(file).is_ok()
}

/// How many inputs and outputs a model file declares.
///
/// # Errors
/// Why it cannot be read.
pub fn declared(file: &[u8]) -> Result<(usize, usize), String> {
    let graph = GraphSummary::read(file).map_err(|error| error.to_string())?;
    Ok((graph.inputs.len(), graph.outputs.len()))
}

/// How many operators of a model file depend on each other in a row; `None` if the file is over a limit.
///
/// # Errors
/// The file is malformed.
pub fn longest_chain(file: &[u8], operators_max: usize) -> Result<Option<usize>, String> {
    let limits = ModelLimits {
        operators_max,
        bytes_max: 1024 * 1024,
        load_timeout: Duration::ZERO,
    };
    match GraphSize::read(file, &limits) {
        Ok(size) => Ok(Some(size.chain)),
        Err(SizeError::Limit(_)) => Ok(None),
        Err(SizeError::Wire(error)) => Err(error.to_string()),
    }
}

/// The pixels of an image, three channels from 0 to 1.
///
/// # Errors
/// What the client is told.
pub fn image(bytes: &[u8], width: u32, height: u32) -> Result<Vec<f32>, String> {
    decode::planes(bytes, Channels::Rgb, width, height).map_err(|error| error.to_string())
}

/// Reads a request for a model with the inputs `FP32` and `INT64`, each of the datatype that it is named
/// after and of shape `[-1, 2]`. The first `json_bytes` of the body are JSON.
///
/// # Errors
/// What the client is told; `None` if the body is shorter than its JSON.
pub fn infer(body: Bytes, json_bytes: usize) -> Option<Result<Vec<FuzzedTensor>, String>> {
    let body = InferenceBody::with_json_bytes(body, json_bytes)?;
    let request = InferenceRequest::parse(&body, &signature()).map_err(|error| error.to_string());
    Some(request.map(|request| {
        let tensors = request.inputs.into_iter();
        let tensors = tensors.map(|tensor| FuzzedTensor {
            shape: tensor.shape,
            elements: match tensor.elements {
                Elements::Float(elements) => elements.len(),
                Elements::Signed(elements) => elements.len(),
                Elements::Unsigned(elements) => elements.len(),
            },
        });
        tensors.collect()
    }))
}

fn signature() -> Signature {
    let spec = |datatype: Datatype| TensorSpec {
        name: datatype.as_str().to_owned(),
        datatype,
        shape: ShapeSpec(Some(vec![Dimension::Any(None), Dimension::Fixed(2)])),
    };
    Signature {
        inputs: vec![spec(Datatype::Fp32), spec(Datatype::Int64)],
        outputs: vec![spec(Datatype::Fp64), spec(Datatype::Bool)],
    }
}

/// Reads the inputs of predictions from bodies.
#[derive(Debug)]
pub struct Uploads(BodyLimits);

impl Uploads {
    /// Bodies of this size at most, all of them together too.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self(BodyLimits {
            bytes_max,
            time_max: Duration::from_secs(60),
            budget: ByteBudget::new(bytes_max),
        })
    }

    /// The input of a prediction in a body.
    ///
    /// # Errors
    /// What the client is told.
    pub async fn read<B>(
        &self,
        content_type: Option<&HeaderValue>,
        body: B,
    ) -> Result<Bytes, String>
    where
        B: Body<Data = Bytes> + Send,
        B::Error: Into<BoxError>,
    {
        let read = upload::read_upload(content_type, body, &self.0).await;
        read.map_err(|error| error.to_string())
    }

    /// How much memory counts as in use.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.0.budget.used()
    }
}
