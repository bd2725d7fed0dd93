//! From the values that a model returned to the body of the response.

use rten::Value;
use rten_tensor::prelude::{AsView as _, Layout as _};
use serde::{Serialize, Serializer};

use super::{binary, body::RenderedResponse};
use crate::backend::models::{
    datatype::Datatype,
    model_error::InferenceError,
    name::{ModelName, ModelVersion},
    signature::TensorSpec,
};

/// The version that answers, as the response names it.
#[derive(Clone, Debug)]
pub(in crate::backend::models) struct ModelId {
    pub(in crate::backend::models) name: ModelName,
    pub(in crate::backend::models) version: ModelVersion,
}

/// The body of a response: JSON, and after it the outputs whose last member is `true`, as bytes.
///
/// # Errors
/// A value that is not what the model file declares.
pub(in crate::backend::models) fn render(
    model: &ModelId,
    id: Option<&str>,
    outputs: &[(&TensorSpec, Value, bool)],
) -> Result<RenderedResponse, InferenceError> {
    let mut binary = Vec::new();
    let outputs: Result<Vec<_>, _> = outputs
        .iter()
        .map(|(spec, value, is_binary)| {
            ResponseOutput::new(spec, value, is_binary.then_some(&mut binary))
        })
        .collect();
    let json = ResponseJson {
        model_name: model.name.as_str(),
        model_version: model.version.as_str(),
        id,
        outputs: outputs?,
    };
    let mut body = serde_json::to_vec(&json).map_err(InferenceError::failed)?;
    let has_binary = json.outputs.iter().any(|output| output.data.is_none());
    let json_bytes = has_binary.then_some(body.len());
    body.append(&mut binary);
    Ok(RenderedResponse { body, json_bytes })
}

#[derive(Serialize)]
struct ResponseJson<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: Vec<ResponseOutput<'a>>,
}

#[derive(Serialize)]
struct ResponseOutput<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<BinarySize>,
}

#[derive(Serialize)]
struct BinarySize {
    binary_data_size: usize,
}

/// The elements, row by row. What is not a finite number is null.
enum Data<'a> {
    Bool(&'a Value),
    Number(&'a Value),
}

impl<'a> ResponseOutput<'a> {
    /// With the elements in the JSON, or appended to `binary`.
    fn new(
        spec: &'a TensorSpec,
        value: &'a Value,
        binary: Option<&mut Vec<u8>>,
    ) -> Result<Self, InferenceError> {
        let (data, shape) = match (spec.datatype, value) {
            (Datatype::Bool, Value::Int32Tensor(tensor)) => (Data::Bool(value), tensor.shape()),
            (Datatype::Int32 | Datatype::Int64, Value::Int32Tensor(tensor)) => {
                (Data::Number(value), tensor.shape())
            }
            (Datatype::Fp32 | Datatype::Fp64, Value::FloatTensor(tensor)) => {
                (Data::Number(value), tensor.shape())
            }
            (Datatype::Uint8, Value::UInt8Tensor(tensor)) => (Data::Number(value), tensor.shape()),
            _ => {
                let (name, expected) = (&spec.name, spec.datatype);
                let found = value.dtype();
                return Err(InferenceError::Failed {
                    reason: format!("the output {name:?} is {found} instead of {expected}"),
                });
            }
        };
        let binary_data_size = binary.map(|bytes| {
            let before = bytes.len();
            binary::write(value, spec.datatype, bytes);
            bytes.len() - before
        });
        Ok(Self {
            name: &spec.name,
            datatype: spec.datatype.as_str(),
            shape: shape.to_vec(),
            data: binary_data_size.is_none().then_some(data),
            parameters: binary_data_size.map(|binary_data_size| BinarySize { binary_data_size }),
        })
    }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(Value::Int32Tensor(tensor)) => {
                serializer.collect_seq(tensor.iter().map(|&value| value != 0))
            }
            Self::Number(Value::Int32Tensor(tensor)) => serializer.collect_seq(tensor.iter()),
            Self::Number(Value::FloatTensor(tensor)) => serializer.collect_seq(tensor.iter()),
            Self::Number(Value::UInt8Tensor(tensor)) => serializer.collect_seq(tensor.iter()),
            Self::Bool(_) | Self::Number(_) => {
                Err(serde::ser::Error::custom("unknown element type"))
            }
        }
    }
}
