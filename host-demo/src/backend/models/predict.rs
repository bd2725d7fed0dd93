//! What a model does with the input of one request.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use super::{
    compute::ComputePool,
    decode::ImageError,
    inference::{InferenceBody, ModelId, RenderedResponse, RequestError},
    model_error::InferenceError,
    prediction::Prediction,
    signature::Signature,
};

/// What a worker does with the input of a job.
pub(super) trait Predict: Send + Sync {
    /// Makes one prediction, with the threads of a pool. May take long and may panic; called from
    /// several threads at once.
    fn predict(
        &self,
        model: &ModelId,
        input: &PredictInput,
        pool: &ComputePool,
    ) -> Result<Answer, PredictFailure>;

    /// The tensors that the model takes and returns.
    fn signature(&self) -> &Arc<Signature>;

    /// Whether it takes images.
    fn is_image_classifier(&self) -> bool;

    /// The memory that the model takes, however many workers use it.
    fn memory_bytes(&self) -> u64;

    /// The stack of a thread that calls [`Self::predict`].
    fn stack_bytes(&self) -> usize;
}

/// The input of a prediction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PredictInput {
    /// PNG or JPEG.
    Image(Bytes),
    /// An inference request.
    Tensors(InferenceBody),
}

/// The result of a prediction.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Of an image.
    Classes(Prediction),
    /// The body of an inference response.
    Tensors(RenderedResponse),
}

/// Whether the request or the model is the reason that there is no prediction.
#[derive(Debug, Error)]
pub(super) enum PredictFailure {
    /// The image of the request.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The tensors of the request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The model.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}
