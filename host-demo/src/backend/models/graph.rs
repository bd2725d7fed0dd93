//! What a model file says about its inputs, its outputs and its operators.
//!
//! rten converts data types when it loads a file (int64 and bool to int32, double to float32), so
//! that the declared ones are read from the file.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, HashSet},
};

use super::wire::{Field, FieldValue, Fields, WireError};

/// The graph of a model, as far as serving it needs it.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct GraphSummary {
    /// The values that a request has to supply, in the order of the file.
    pub(super) inputs: Vec<ValueInfo>,
    pub(super) outputs: Vec<ValueInfo>,
    /// The operators of the graph and its subgraphs, each with its domain unless it is ONNX's own.
    pub(super) operators: BTreeSet<String>,
    /// The names of the values that the operators of the graph itself make.
    pub(super) values: BTreeSet<String>,
    /// Whether a softmax makes the first output.
    pub(super) ends_in_softmax: bool,
}

/// A declared input or output.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct ValueInfo {
    pub(super) name: String,
    /// `TensorProto.DataType`; none if the value is not a dense tensor or has no declared type.
    pub(super) elem_type: Option<u64>,
    /// None if even the number of dimensions is unknown.
    pub(super) shape: Option<Vec<Dimension>>,
}

/// The length of one dimension.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Dimension {
    Fixed(usize),
    /// Any length; the same one wherever the same name stands.
    Any(Option<String>),
}

impl GraphSummary {
    /// Reads a file that [`super::wire::check_model`] accepts.
    ///
    /// # Errors
    /// [`WireError`], for a file that it does not accept.
    pub(super) fn read(file: &[u8]) -> Result<Self, WireError> {
        let mut reader = GraphReader::default();
        for_each(file, |field| match (field.number, field.value) {
            (7, FieldValue::Bytes(graph)) => reader.graph(graph, DEPTH_MAX),
            _ => Ok(()),
        })?;
        Ok(reader.into_summary())
    }
}

#[derive(Default)]
struct GraphReader<'a> {
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    initializers: HashSet<Cow<'a, str>>,
    operators: BTreeSet<String>,
    values: BTreeSet<String>,
    /// By the name of a value: the operator that makes it, and that operator's first input.
    producers: HashMap<Cow<'a, str>, (Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> GraphReader<'a> {
    fn graph(&mut self, graph: &'a [u8], depth_left: usize) -> Result<(), WireError> {
        let is_main = depth_left == DEPTH_MAX;
        for_each(graph, |field| {
            let FieldValue::Bytes(value) = field.value else {
                return Ok(());
            };
            match field.number {
                1 => self.node(value, depth_left)?,
                5 if is_main => {
                    self.initializers.insert(text_field(value, 8)?);
                }
                11 if is_main => self.inputs.push(value_info(value)?),
                12 if is_main => self.outputs.push(value_info(value)?),
                _ => {}
            }
            Ok(())
        })
    }

    fn node(&mut self, node: &'a [u8], depth_left: usize) -> Result<(), WireError> {
        let (mut input, mut output) = (None, None);
        let (mut operator, mut domain) = (Cow::default(), Cow::default());
        for_each(node, |field| {
            let FieldValue::Bytes(value) = field.value else {
                return Ok(());
            };
            match field.number {
                1 => _ = input.get_or_insert_with(|| text(value)),
                2 => {
                    if depth_left == DEPTH_MAX {
                        self.values.insert(text(value).into_owned());
                    }
                    output.get_or_insert_with(|| text(value));
                }
                4 => operator = text(value),
                5 => self.subgraphs(value, depth_left)?,
                7 => domain = text(value),
                _ => {}
            }
            Ok(())
        })?;
        self.operators
            .insert(if matches!(&*domain, "" | "ai.onnx") {
                operator.to_string()
            } else {
                format!("{domain}.{operator}")
            });
        if let Some(output) = output {
            let input = input.unwrap_or_default();
            self.producers.insert(output, (operator, input));
        }
        Ok(())
    }

    /// The graphs of an attribute: the branches of `If`, the body of `Loop`.
    fn subgraphs(&mut self, attribute: &'a [u8], depth_left: usize) -> Result<(), WireError> {
        let depth_left = depth_left.checked_sub(1).ok_or(WireError::Depth)?;
        for_each(attribute, |field| match (field.number, field.value) {
            (6 | 11, FieldValue::Bytes(graph)) => self.graph(graph, depth_left),
            _ => Ok(()),
        })
    }

    fn into_summary(self) -> GraphSummary {
        let ends_in_softmax = self.ends_in_softmax();
        let mut inputs = self.inputs;
        // Before IR version 4 every initializer had to be listed as an input, too.
        inputs.retain(|input| !self.initializers.contains(input.name.as_str()));
        GraphSummary {
            inputs,
            outputs: self.outputs,
            operators: self.operators,
            values: self.values,
            ends_in_softmax,
        }
    }

    /// Looks through operators that do not change values.
    fn ends_in_softmax(&self) -> bool {
        let Some(mut value) = self.outputs.first().map(|output| output.name.as_str()) else {
            return false;
        };
        // A circle in the graph must not keep the loop going.
        for _ in 0..=self.producers.len() {
            match self.producers.get(value) {
                Some((operator, _)) if operator == "Softmax" => return true,
                Some((operator, input)) if KEEPS_VALUES.contains(&&**operator) => value = input,
                _ => return false,
            }
        }
        false
    }
}

/// A `ValueInfoProto`.
fn value_info(message: &[u8]) -> Result<ValueInfo, WireError> {
    let mut info = ValueInfo::default();
    for_each(message, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Bytes(name)) => info.name = text(name).into_owned(),
            (2, FieldValue::Bytes(value_type)) => {
                for_each(value_type, |field| match (field.number, field.value) {
                    (1, FieldValue::Bytes(tensor)) => tensor_type(tensor, &mut info),
                    _ => Ok(()),
                })?;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(info)
}

fn tensor_type(message: &[u8], info: &mut ValueInfo) -> Result<(), WireError> {
    for_each(message, |field| {
        match (field.number, field.value) {
            (1, FieldValue::Number(elem_type)) => info.elem_type = Some(elem_type),
            (2, FieldValue::Bytes(shape)) => {
                let mut dimensions = Vec::new();
                for_each(shape, |field| {
                    if let (1, FieldValue::Bytes(one)) = (field.number, field.value) {
                        dimensions.push(dimension(one)?);
                    }
                    Ok(())
                })?;
                info.shape = Some(dimensions);
            }
            _ => {}
        }
        Ok(())
    })
}

fn dimension(message: &[u8]) -> Result<Dimension, WireError> {
    let mut dimension = Dimension::Any(None);
    for_each(message, |field| {
        match (field.number, field.value) {
            // A negative length is a number with the highest bit.
            (1, FieldValue::Number(length)) => {
                if let Ok(length) = u32::try_from(length) {
                    dimension = Dimension::Fixed(length as usize);
                }
            }
            (2, FieldValue::Bytes(name)) if !name.is_empty() => {
                dimension = Dimension::Any(Some(text(name).into_owned()));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(dimension)
}

/// The text of one field of a message; empty if it has none.
fn text_field(message: &[u8], number: u64) -> Result<Cow<'_, str>, WireError> {
    let mut found = Cow::default();
    for_each(message, |field| {
        if let FieldValue::Bytes(value) = field.value
            && field.number == number
        {
            found = text(value);
        }
        Ok(())
    })?;
    Ok(found)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn for_each<'a>(
    message: &'a [u8],
    mut work: impl FnMut(Field<'a>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        work(field)?;
    }
    Ok(())
}

/// Operators whose output has the values of their first input.
const KEEPS_VALUES: &[&str] = &[
    "Cast",
    "Dropout",
    "Flatten",
    "Identity",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
];
/// Graphs within graphs; `check_model` allows fewer.
const DEPTH_MAX: usize = 32;

#[cfg(test)]
mod tests;
