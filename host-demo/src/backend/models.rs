//! The built-in model service: ONNX models on their own threads.
//!
//! # Layout
//!
//! - `name`: the valid names of models and versions
//! - `store`: the folder of model files, which a model url cannot leave
//! - `limits`, `size`, `chain`: how large a model may be, and how large a file is
//! - `value_sizes`, `length`: how large the values become that a model computes for a request
//! - `probe`: a file is tried in a process of its own first
//! - `wire`, `graph`: whether a file is well-formed enough for the loader; what it declares
//! - `datatype`, `signature`: the tensors that a model takes and returns
//! - `operators`: which operators models may consist of
//! - `onnx_model`, `predict`: one loaded ONNX model, and what it does with a request
//! - `inference`: requests and responses of the Open Inference Protocol
//! - `classifier`, `decode`, `prediction`: images, and the five likeliest classes as the result
//! - `model_error`: why a file is not served, why a model failed
//! - `queue`, `worker`, `served`: the bounded job queue and the threads of one model version
//! - `catalog`, `registry`: all model versions; readers never wait for a writer
//! - `listing`: the list of models for plugins
//! - `rejections`: the rejection for each error
//! - `upload`: from an HTTP body to the bytes of an input
//! - `api`, `open_inference`, `management`: the handlers of requests
//!
//! # Threads
//!
//! An inference runs on a worker of its model, in that worker's own pool of threads: one that never
//! ends takes nothing from the others but processor time. The workers of a model share the
//! processors among their pools. A file is loaded in rten's one pool, after a process of its own
//! has survived that.

mod api;
mod catalog;
mod chain;
mod classifier;
mod compute;
mod datatype;
mod decode;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod graph;
mod inference;
mod length;
mod limits;
mod listing;
mod management;
mod model_error;
mod name;
mod onnx_model;
mod open_inference;
mod operators;
mod predict;
mod prediction;
mod probe;
mod query;
mod queue;
mod registry;
mod rejections;
mod served;
mod signature;
mod size;
mod store;
mod upload;
mod value_sizes;
mod wire;
mod worker;

pub(crate) use self::{
    api::{ModelApi, ModelPath, PredictionLimits},
    error::{PredictError, UnregisterError},
    limits::{ModelLimits, Probe, RegistryLimits},
    probe::child::run as try_model,
    registry::{ModelRegistry, Registration},
    served::ModelDescription,
    store::ModelStore,
    upload::{UploadError, read_upload},
};
pub use self::{
    decode::ImageError,
    error::{LookupError, RegisterError, ScaleError},
    limits::ModelLimitError,
    model_error::{InferenceError, ModelError},
    name::{InvalidName, ModelName, ModelVersion},
    store::{ModelUrl, StoreError},
};
