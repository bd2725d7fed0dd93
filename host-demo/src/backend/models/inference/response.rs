//! From the values that a model returned to the body of the response.

use rten::Value;
use rten_tensor::prelude::{AsView as _, Layout as _};
use serde::{Serialize, Serializer};

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

/// The body of a response, as JSON.
///
/// # Errors
/// A value that is not what the model file declares.
pub(in crate::backend::models) fn render(
    model: &ModelId,
    id: Option<&str>,
    outputs: &[(&TensorSpec, Value)],
) -> Result<Vec<u8>, InferenceError> {
    let outputs: Result<Vec<_>, _> = outputs
        .iter()
        .map(|(spec, value)| OutputJson::new(spec, value))
        .collect();
    let body = ResponseJson {
        model_name: model.name.as_str(),
        model_version: model.version.as_str(),
        id,
        outputs: outputs?,
    };
    let text = serde_json::to_vec(&body);
    text.map_err(|error| InferenceError::Failed {
        reason: error.to_string(),
    })
}

#[derive(Serialize)]
struct ResponseJson<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: Vec<OutputJson<'a>>,
}

#[derive(Serialize)]
struct OutputJson<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: Vec<usize>,
    data: Data<'a>,
}

/// The elements, row by row. What is not a finite number is null.
enum Data<'a> {
    Bool(&'a Value),
    Number(&'a Value),
}

impl<'a> OutputJson<'a> {
    fn new(spec: &'a TensorSpec, value: &'a Value) -> Result<Self, InferenceError> {
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
        Ok(Self {
            name: &spec.name,
            datatype: spec.datatype.as_str(),
            shape: shape.to_vec(),
            data,
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
