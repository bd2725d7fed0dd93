//! Requests and responses of the Open Inference Protocol, version 2, with tensors as JSON
//! or, as its extension for binary data has it, as bytes.

pub(super) use self::{
    body::{InferenceBody, RenderedResponse},
    error::RequestError,
    request::InferenceRequest,
    response::{ModelId, render},
    tensor::{Elements, Tensor},
};

mod binary;
mod body;
mod data;
mod error;
mod request;
mod response;
mod tensor;
