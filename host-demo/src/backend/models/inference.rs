//! Requests and responses of the Open Inference Protocol, version 2, with tensors as JSON.

pub(super) use self::{
    error::RequestError,
    request::InferenceRequest,
    response::{ModelId, render},
    tensor::{Elements, Tensor},
};

mod data;
mod error;
mod request;
mod response;
mod tensor;
