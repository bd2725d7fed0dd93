//! From the body of a request to the tensors that the model takes.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    binary,
    body::InferenceBody,
    data,
    error::{ELEMENTS_MAX, InputProblem, RequestError},
    tensor::{DIMENSIONS_MAX, Tensor, shown_shape},
};
use crate::backend::models::{
    graph::Dimension,
    signature::{ShapeSpec, Signature, TensorSpec},
};

/// A request that fits its model.
#[derive(Debug, PartialEq)]
pub(in crate::backend::models) struct InferenceRequest {
    /// Returned with the response.
    pub(in crate::backend::models) id: Option<String>,
    /// In the order of the model's inputs.
    pub(in crate::backend::models) inputs: Vec<Tensor>,
    /// Which outputs to return, and how.
    pub(in crate::backend::models) outputs: Vec<OutputRequest>,
}

/// An output to return.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::backend::models) struct OutputRequest {
    /// Of the outputs in the model's signature.
    pub(in crate::backend::models) index: usize,
    /// As bytes after the JSON.
    pub(in crate::backend::models) is_binary: bool,
}

/// The members of a request that are used; of `parameters` those for binary data.
#[derive(Deserialize)]
struct RequestJson<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
    #[serde(default)]
    outputs: Option<Vec<RequestOutput>>,
    #[serde(default)]
    parameters: Option<RequestParameters>,
}

#[derive(Deserialize)]
struct RequestParameters {
    #[serde(default)]
    binary_data_output: bool,
}

#[derive(Deserialize)]
struct Input<'a> {
    name: String,
    datatype: String,
    shape: Vec<i64>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    parameters: Option<InputParameters>,
}

#[derive(Deserialize)]
struct InputParameters {
    #[serde(default)]
    binary_data_size: Option<usize>,
}

#[derive(Deserialize)]
struct RequestOutput {
    name: String,
    #[serde(default)]
    parameters: Option<OutputParameters>,
}

#[derive(Deserialize)]
struct OutputParameters {
    #[serde(default)]
    binary_data: Option<bool>,
}

impl InferenceRequest {
    /// Parses a body. Takes long for a long one.
    ///
    /// # Errors
    /// What is wrong, with what the model expects.
    pub(in crate::backend::models) fn parse(
        body: &InferenceBody,
        signature: &Signature,
    ) -> Result<Self, RequestError> {
        let (json, mut binary) = body.parts();
        let RequestJson {
            id,
            inputs,
            outputs,
            parameters,
        } = serde_json::from_slice(json).map_err(|error| RequestError::Form {
            reason: if json.is_empty() {
                "it is empty".to_owned()
            } else {
                cut(&error.to_string(), REASON_CHARACTERS_MAX)
            },
            expected: listed(&signature.inputs),
        })?;
        let inputs = tensors(inputs, &mut binary, signature)?;
        if !binary.is_empty() {
            let bytes = binary.len();
            return Err(RequestError::UnusedBytes { bytes });
        }
        let is_binary = parameters.is_some_and(|parameters| parameters.binary_data_output);
        Ok(Self {
            id,
            inputs,
            outputs: requested(outputs, is_binary, signature)?,
        })
    }
}

/// The tensors in the order of the model's inputs; what they have of `binary` is removed from it.
fn tensors(
    given: Vec<Input<'_>>,
    binary: &mut &[u8],
    signature: &Signature,
) -> Result<Vec<Tensor>, RequestError> {
    let mut found: Vec<Option<Tensor>> = signature.inputs.iter().map(|_| None).collect();
    let mut symbols = HashMap::new();
    for input in given {
        let known = signature.inputs.iter().zip(&mut found);
        let Some((spec, slot)) = known.into_iter().find(|(spec, _)| spec.name == input.name) else {
            return Err(RequestError::UnknownInput {
                name: cut(&input.name, SHOWN_CHARACTERS_MAX),
                expected: listed(&signature.inputs),
            });
        };
        let tensor = if slot.is_some() {
            Err(InputProblem::Repeated)
        } else {
            tensor(&input, binary, spec, &mut symbols)
        };
        *slot = Some(tensor.map_err(|problem| RequestError::Input {
            name: spec.name.clone(),
            problem,
        })?);
    }
    let named = signature.inputs.iter().zip(found);
    named
        .map(|(spec, tensor)| {
            tensor.ok_or_else(|| RequestError::MissingInput {
                name: spec.name.clone(),
                expected: listed(&signature.inputs),
            })
        })
        .collect()
}

fn tensor<'m>(
    input: &Input<'_>,
    binary: &mut &[u8],
    spec: &'m TensorSpec,
    symbols: &mut HashMap<&'m str, usize>,
) -> Result<Tensor, InputProblem> {
    if input.datatype != spec.datatype.as_str() {
        return Err(InputProblem::Datatype {
            expected: spec.datatype,
            given: cut(&input.datatype, SHOWN_CHARACTERS_MAX),
        });
    }
    let shape = shape(&input.shape, &spec.shape)?;
    bind(&shape, &spec.shape, symbols)?;
    let count = elements(&shape)?;
    let parameters = input.parameters.as_ref();
    let binary_size = parameters.and_then(|parameters| parameters.binary_data_size);
    let elements = match (input.data, binary_size) {
        (None, None) => return Err(InputProblem::NoData),
        (Some(_), Some(_)) => return Err(InputProblem::TwoKindsOfData),
        (Some(data), None) => data::read(data, spec.datatype, &shape, count)?,
        (None, Some(size)) => {
            let (bytes, rest) = binary
                .split_at_checked(size)
                .ok_or(InputProblem::BinaryBeyondBody)?;
            *binary = rest;
            binary::read(bytes, spec.datatype, &shape, count)?
        }
    };
    Ok(Tensor { shape, elements })
}

/// The shape of a request, if the model takes it.
fn shape(given: &[i64], expected: &ShapeSpec) -> Result<Vec<usize>, InputProblem> {
    let refused = || InputProblem::Shape {
        expected: expected.clone(),
        given: shown_shape(given),
    };
    let dimensions = expected.0.as_deref();
    let fits = dimensions.map_or(given.len() <= DIMENSIONS_MAX, |all| {
        all.len() == given.len()
    });
    if !fits {
        return Err(refused());
    }
    let lengths: Result<Vec<usize>, _> = given.iter().map(|&one| usize::try_from(one)).collect();
    let lengths = lengths.map_err(|_| refused())?;
    let mut pairs = lengths.iter().zip(dimensions.unwrap_or_default());
    if pairs.all(|(given, expected)| match expected {
        Dimension::Fixed(length) => given == length,
        Dimension::Any(_) => true,
    }) {
        Ok(lengths)
    } else {
        Err(refused())
    }
}

/// Checks that dimensions of one name have one length.
fn bind<'m>(
    shape: &[usize],
    expected: &'m ShapeSpec,
    symbols: &mut HashMap<&'m str, usize>,
) -> Result<(), InputProblem> {
    for (&given, dimension) in shape.iter().zip(expected.0.iter().flatten()) {
        let Dimension::Any(Some(symbol)) = dimension else {
            continue;
        };
        let other = *symbols.entry(symbol).or_insert(given);
        if other != given {
            return Err(InputProblem::Symbol {
                symbol: symbol.clone(),
                given,
                other,
            });
        }
    }
    Ok(())
}

/// The product of a shape. Dimensions of length 0 do not hide that the others are too long.
fn elements(shape: &[usize]) -> Result<usize, InputProblem> {
    let mut lengths = shape.iter().map(|&length| length.max(1));
    let product = lengths.try_fold(1_usize, |product, length| {
        product
            .checked_mul(length)
            .filter(|&all| all <= ELEMENTS_MAX)
    });
    let product = product.ok_or_else(|| InputProblem::TooLarge {
        given: shown_shape(shape),
    })?;
    Ok(if shape.contains(&0) { 0 } else { product })
}

/// The outputs that are asked for; all of them if none is named.
fn requested(
    given: Option<Vec<RequestOutput>>,
    is_binary: bool,
    signature: &Signature,
) -> Result<Vec<OutputRequest>, RequestError> {
    let given = given.unwrap_or_default();
    if given.is_empty() {
        let indices = 0..signature.outputs.len();
        return Ok(indices
            .map(|index| OutputRequest { index, is_binary })
            .collect());
    }
    let mut requests: Vec<OutputRequest> = Vec::new();
    for RequestOutput { name, parameters } in given {
        let mut outputs = signature.outputs.iter();
        match outputs.position(|output| output.name == name) {
            None => {
                return Err(RequestError::UnknownOutput {
                    name: cut(&name, SHOWN_CHARACTERS_MAX),
                    expected: listed(&signature.outputs),
                });
            }
            Some(index) if requests.iter().any(|request| request.index == index) => {
                return Err(RequestError::RepeatedOutput { name });
            }
            Some(index) => {
                let chosen = parameters.and_then(|parameters| parameters.binary_data);
                let is_binary = chosen.unwrap_or(is_binary);
                requests.push(OutputRequest { index, is_binary });
            }
        }
    }
    Ok(requests)
}

fn listed(tensors: &[TensorSpec]) -> String {
    let listed: Vec<_> = tensors.iter().map(TensorSpec::to_string).collect();
    listed.join(", ")
}

fn cut(text: &str, characters_max: usize) -> String {
    text.chars().take(characters_max).collect()
}

const SHOWN_CHARACTERS_MAX: usize = 64;
const REASON_CHARACTERS_MAX: usize = 200;

#[cfg(test)]
mod tests;
