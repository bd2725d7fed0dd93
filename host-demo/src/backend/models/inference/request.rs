//! From the body of a request to the tensors that the model takes.

use std::collections::HashMap;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::{
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
    /// Which outputs to return, by their index in the model's signature.
    pub(in crate::backend::models) outputs: Vec<usize>,
}

/// The members of a request that are used; `parameters` of the request and of outputs only choose
/// how clients want binary data.
#[derive(Deserialize)]
struct RequestJson<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
    #[serde(default)]
    outputs: Option<Vec<RequestedOutput>>,
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
    binary_data_size: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RequestedOutput {
    name: String,
}

impl InferenceRequest {
    /// Parses a body. Takes long for a long one.
    ///
    /// # Errors
    /// What is wrong, with what the model expects.
    pub(in crate::backend::models) fn parse(
        body: &[u8],
        signature: &Signature,
    ) -> Result<Self, RequestError> {
        let RequestJson {
            id,
            inputs,
            outputs,
        } = serde_json::from_slice(body).map_err(|error| RequestError::Form {
            reason: if body.is_empty() {
                "it is empty".to_owned()
            } else {
                cut(&error.to_string(), REASON_CHARACTERS_MAX)
            },
            expected: listed(&signature.inputs),
        })?;
        Ok(Self {
            id,
            inputs: tensors(inputs, signature)?,
            outputs: requested(outputs, signature)?,
        })
    }
}

/// The tensors in the order of the model's inputs.
fn tensors(given: Vec<Input<'_>>, signature: &Signature) -> Result<Vec<Tensor>, RequestError> {
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
        let binary = |parameters: &InputParameters| parameters.binary_data_size.is_some();
        if input.parameters.as_ref().is_some_and(binary) {
            return Err(RequestError::Binary);
        }
        let tensor = if slot.is_some() {
            Err(InputProblem::Repeated)
        } else {
            tensor(&input, spec, &mut symbols)
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
    let data = input.data.ok_or(InputProblem::NoData)?;
    let elements = data::read(data, spec.datatype, &shape, count)?;
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
    given: Option<Vec<RequestedOutput>>,
    signature: &Signature,
) -> Result<Vec<usize>, RequestError> {
    let given = given.unwrap_or_default();
    if given.is_empty() {
        return Ok((0..signature.outputs.len()).collect());
    }
    let mut indices = Vec::new();
    for RequestedOutput { name } in given {
        let mut outputs = signature.outputs.iter();
        match outputs.position(|output| output.name == name) {
            None => {
                return Err(RequestError::UnknownOutput {
                    name: cut(&name, SHOWN_CHARACTERS_MAX),
                    expected: listed(&signature.outputs),
                });
            }
            Some(index) if indices.contains(&index) => {
                return Err(RequestError::RepeatedOutput { name });
            }
            Some(index) => indices.push(index),
        }
    }
    Ok(indices)
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
