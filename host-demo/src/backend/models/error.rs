//! The errors of models, with TorchServe's messages where it has them.

use std::io;

use thiserror::Error;

use super::{
    decode::ImageError,
    inference::RequestError,
    model_error::{InferenceError, ModelError},
    name::{InvalidName, ModelName, ModelVersion},
    predict::PredictFailure,
    store::{ModelUrl, StoreError},
};

/// There is no such model, or no such version of it. HTTP 404.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LookupError {
    /// No version of the model is registered: TorchServe's `ModelNotFoundException`.
    #[error("Model not found: {name}")]
    Model {
        /// As the request wrote it.
        name: String,
    },
    /// Other versions are registered: TorchServe's `ModelVersionNotFoundException`.
    #[error("Model version: {version} does not exist for model: {name}")]
    Version {
        /// As the request wrote it.
        name: String,
        /// As the request wrote it.
        version: String,
    },
}

/// A request got no prediction.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum PredictError {
    /// No such model or version. HTTP 404.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The model has no workers: TorchServe's `ServiceUnavailableException`. HTTP 503.
    #[error(
        "Model \"{name}\" has no worker to serve inference request. Please use scale workers API \
         to add workers."
    )]
    NoWorker {
        /// The model.
        name: ModelName,
    },
    /// The queue is full. (TorchServe reports here, too, that there is no worker.) HTTP 503.
    #[error(
        "Model \"{name}\" has {jobs_max} waiting requests and accepts no more. Please use scale \
         workers API to add workers."
    )]
    QueueFull {
        /// The model.
        name: ModelName,
        /// The limit, `job_queue_size`.
        jobs_max: usize,
    },
    /// The image cannot be used. HTTP 400.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The tensors cannot be used. HTTP 400.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The prediction takes too long: TorchServe's `InternalServerException`. HTTP 500.
    #[error("Worker died.")]
    TimedOut,
    /// The model failed; the reason is in the source and in the log, not for the client. HTTP 500.
    #[error("Model \"{name}\" failed to process the request")]
    Inference {
        /// The model.
        name: ModelName,
        /// Why.
        source: InferenceError,
    },
}

impl PredictError {
    pub(super) fn new(name: &ModelName, error: PredictFailure) -> Self {
        match error {
            PredictFailure::Image(error) => Self::Image(error),
            PredictFailure::Request(error) => Self::Request(error),
            PredictFailure::Inference(source) => Self::Inference {
                name: name.clone(),
                source,
            },
        }
    }
}

/// A model cannot be registered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The file cannot be read. HTTP 404 for [`StoreError::NotFound`], 500 for
    /// [`StoreError::Folder`] and [`StoreError::Read`], else 400.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The name or the version is not valid. HTTP 400.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The file is not a model that can be served. HTTP 400; 500 for [`ModelError::Thread`].
    #[error("model url \"{url}\" cannot be served")]
    Model {
        /// The file.
        url: ModelUrl,
        /// Why.
        source: ModelError,
    },
    /// The process that tries models cannot be started. HTTP 500.
    #[error("no process can be started in which the model is tried")]
    Probe {
        /// The error of the system.
        source: io::Error,
    },
    /// As many models are being loaded as may be at once. HTTP 503.
    #[error("{loads_max} models are being loaded, which is the maximum")]
    TooManyLoads {
        /// The limit.
        loads_max: usize,
    },
    /// The version is already registered: TorchServe's `ConflictStatusException`. HTTP 409.
    #[error("Model version {version} is already registered for model {name}")]
    Conflict {
        /// The model.
        name: ModelName,
        /// The version.
        version: ModelVersion,
    },
    /// The limit of registered model versions is reached. HTTP 503.
    #[error("{models_max} model versions are registered, which is the maximum")]
    TooManyModels {
        /// The limit.
        models_max: usize,
    },
    /// The workers cannot be started.
    #[error(transparent)]
    Workers(#[from] ScaleError),
}

/// The number of a model's workers cannot be changed. They stay as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScaleError {
    /// No such model or version. HTTP 404.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// More than all models together may have. HTTP 400.
    #[error("all models together would have {workers} workers; at most {workers_max} are allowed")]
    TooManyWorkers {
        /// The total that was requested.
        workers: usize,
        /// The limit.
        workers_max: usize,
    },
    /// The system does not allow more threads. HTTP 500.
    #[error("a worker thread cannot be started")]
    Thread {
        /// The error of the system.
        source: io::Error,
    },
}

/// A model version cannot be unregistered.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub(crate) enum UnregisterError {
    /// No such model or version. HTTP 404.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// Another version must become the default first: TorchServe's `InvalidModelVersionException`.
    /// HTTP 403.
    #[error("Cannot remove default version for model {name}")]
    DefaultVersion {
        /// The model.
        name: ModelName,
    },
}
