//! The inputs and outputs of a model: name, element type and shape of each tensor.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeSeq as _};

use super::{
    datatype::Datatype,
    graph::{Dimension, GraphSummary, ValueInfo},
    model_error::ModelError,
};

/// The tensors that a model takes and returns, in the order of its file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Signature {
    pub(crate) inputs: Vec<TensorSpec>,
    pub(crate) outputs: Vec<TensorSpec>,
}

/// One tensor. Serializes as in the metadata of the Open Inference Protocol.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct TensorSpec {
    pub(crate) name: String,
    #[serde(serialize_with = "name_of")]
    pub(crate) datatype: Datatype,
    pub(crate) shape: ShapeSpec,
}

/// The lengths of the dimensions; none if their number is unknown, which is shown as `[-1]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ShapeSpec(pub(super) Option<Vec<Dimension>>);

impl Signature {
    /// Checks that each input and output is a dense tensor of a type that is served.
    ///
    /// # Errors
    /// [`ModelError::Unsuitable`] with the first that is not.
    pub(super) fn new(graph: &GraphSummary) -> Result<Self, ModelError> {
        let specs = |values: &[ValueInfo], what| -> Result<Vec<_>, ModelError> {
            let specs = values.iter().map(|value| TensorSpec::new(value, what));
            specs.collect()
        };
        let signature = Self {
            inputs: specs(&graph.inputs, "input")?,
            outputs: specs(&graph.outputs, "output")?,
        };
        if signature.inputs.is_empty() || signature.outputs.is_empty() {
            return Err(ModelError::unsuitable(
                "at least one input and one output are expected",
            ));
        }
        Ok(signature)
    }
}

impl TensorSpec {
    fn new(value: &ValueInfo, what: &str) -> Result<Self, ModelError> {
        match value.elem_type.and_then(Datatype::from_onnx) {
            Some(datatype) => Ok(Self {
                name: value.name.clone(),
                datatype,
                shape: ShapeSpec(value.shape.clone()),
            }),
            None => Err(ModelError::unsuitable(format!(
                "the {what} {:?} is not a dense tensor of {}",
                value.name,
                Datatype::NAMES
            ))),
        }
    }
}

/// `"image" FP32 [-1, 1, 8, 8]`.
impl fmt::Display for TensorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {}", self.name, self.datatype, self.shape)
    }
}

/// -1 is a dimension of any length.
impl fmt::Display for ShapeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lengths()).finish()
    }
}

impl Serialize for ShapeSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for length in self.lengths() {
            list.serialize_element(&length)?;
        }
        list.end()
    }
}

impl ShapeSpec {
    fn lengths(&self) -> impl Iterator<Item = i64> {
        let unknown = self.0.is_none().then_some(-1);
        let lengths = self.0.iter().flatten().map(|dimension| match dimension {
            Dimension::Fixed(length) => i64::try_from(*length).unwrap_or(i64::MAX),
            Dimension::Any(_) => -1,
        });
        unknown.into_iter().chain(lengths)
    }
}

fn name_of<S: Serializer>(datatype: &Datatype, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(datatype.as_str())
}
