//! The built-in model service: ONNX image classifiers on their own threads.
//!
//! # Layout
//!
//! - `name`: the valid names of models and versions
//! - `store`: the folder of model files, which a model url cannot leave
//! - `decode`: from PNG and JPEG to the grey pixels that a model takes, within limits
//! - `wire`: whether a file is well-formed enough for the loader
//! - `classifier`: one loaded ONNX model
//! - `prediction`: its result, the five likeliest classes
//! - `queue`, `worker`, `served`: the bounded job queue and the threads of one model version
//! - `catalog`, `registry`: all model versions; readers never wait for a writer
//! - `listing`: the list of models for plugins
//! - `rejections`: the rejection for each error
//! - `upload`: from an HTTP body to the bytes of an image
//!
//! # Threads
//!
//! An inference runs on a worker of its model, in rten's one pool of threads (as many as the
//! machine has physical cores; `RTEN_NUM_THREADS` in the environment sets another number). rten
//! starts that pool even when it is given another one, so models do not get pools of their own.

mod api;
mod catalog;
mod classifier;
mod decode;
mod error;
mod listing;
mod management;
mod name;
mod prediction;
mod query;
mod queue;
mod registry;
mod rejections;
mod served;
mod store;
mod upload;
mod wire;
mod worker;

pub(crate) use self::{
    api::{ModelApi, ModelPath},
    error::{PredictError, UnregisterError},
    registry::{ModelRegistry, Registration, RegistryLimits},
    served::ModelDescription,
    store::ModelStore,
    upload::{UploadError, read_image},
};
pub use self::{
    classifier::{InferenceError, ModelError},
    decode::ImageError,
    error::{LookupError, RegisterError, ScaleError},
    name::{InvalidName, ModelName, ModelVersion},
    store::{ModelUrl, StoreError},
};

/// The handler of every model served here, by TorchServe's name for it.
pub(crate) const HANDLER: &str = "image_classifier";
