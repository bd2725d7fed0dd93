//! How large a model file is: its operators, their longest chain, and the tensors that it declares.
//!
//! rten plans a graph by recursion along its operators, and trusts the sizes that a file declares:
//! both are limited here before it reads the file.

use super::{
    chain::{Operator, longest_chain},
    limits::{ModelLimitError, ModelLimits, SUBGRAPH_CHAIN_MAX},
    wire::{Field, FieldValue, Fields, WireError},
};

/// The size of a file that is within its limits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct GraphSize {
    /// The operators of the graph that depend on each other in a row.
    pub(super) chain: usize,
}

/// Why the size of a file is not known, or too large.
#[derive(Debug)]
pub(super) enum SizeError {
    Wire(WireError),
    Limit(ModelLimitError),
}

impl GraphSize {
    /// Reads a file that [`super::wire::check_model`] accepts.
    ///
    /// # Errors
    /// The first limit that the file exceeds.
    pub(super) fn read(file: &[u8], limits: &ModelLimits) -> Result<Self, SizeError> {
        let mut reader = SizeReader {
            limits,
            operators: 0,
            weight_bytes: 0,
        };
        let mut size = Self::default();
        for_each(file, |field| {
            if let (7, FieldValue::Bytes(graph)) = (field.number, field.value) {
                let (chain, _) = reader.graph(graph)?;
                size.chain = size.chain.max(chain);
            }
            Ok(())
        })?;
        Ok(size)
    }

    /// The stack of a thread that may plan the graph. Pages that are not used take no memory.
    pub(super) const fn stack_bytes(self) -> usize {
        STACK_BYTES + self.chain.saturating_mul(STACK_BYTES_PER_OPERATOR)
    }
}

struct SizeReader<'l> {
    limits: &'l ModelLimits,
    operators: usize,
    weight_bytes: u64,
}

impl SizeReader<'_> {
    /// The longest chain of a graph, and the names of all values that it and its subgraphs use.
    fn graph<'a>(&mut self, graph: &'a [u8]) -> Result<(usize, Vec<&'a [u8]>), SizeError> {
        let mut operators = Vec::new();
        for_each(graph, |field| {
            let FieldValue::Bytes(value) = field.value else {
                return Ok(());
            };
            match field.number {
                1 => operators.push(self.operator(value)?),
                5 => self.weight(value)?,
                11..=13 => self.value(value)?,
                _ => {}
            }
            Ok(())
        })?;
        let chain = longest_chain(&operators);
        let used = operators.into_iter().flat_map(|operator| operator.inputs);
        Ok((chain, used.collect()))
    }

    fn operator<'a>(&mut self, node: &'a [u8]) -> Result<Operator<'a>, SizeError> {
        self.operators += 1;
        let operators_max = self.limits.operators_max;
        if self.operators > operators_max {
            return Err(ModelLimitError::Operators { operators_max }.into());
        }
        let mut operator = Operator::default();
        for_each(node, |field| {
            match (field.number, field.value) {
                (1, FieldValue::Bytes(name)) => operator.inputs.push(name),
                (2, FieldValue::Bytes(name)) => operator.outputs.push(name),
                (5, FieldValue::Bytes(value)) => self.attribute(value, &mut operator)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(operator)
    }

    /// A tensor, or subgraphs: what they use of the graph around them the operator depends on.
    fn attribute<'a>(
        &mut self,
        attribute: &'a [u8],
        operator: &mut Operator<'a>,
    ) -> Result<(), SizeError> {
        for_each(attribute, |field| {
            let FieldValue::Bytes(value) = field.value else {
                return Ok(());
            };
            match field.number {
                5 | 10 => self.weight(value)?,
                6 | 11 => {
                    let (chain, used) = self.graph(value)?;
                    if chain > SUBGRAPH_CHAIN_MAX {
                        return Err(ModelLimitError::SubgraphChain { chain }.into());
                    }
                    operator.inputs.extend(used);
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// A `TensorProto`.
    fn weight(&mut self, tensor: &[u8]) -> Result<(), SizeError> {
        let (mut elements, mut element_bytes, mut name) = (1_u64, ELEMENT_BYTES, &[][..]);
        for_each(tensor, |field| {
            match (field.number, field.value) {
                (2, FieldValue::Number(UINT8 | INT8)) => element_bytes = 1,
                (1, FieldValue::Number(length)) => elements = elements.saturating_mul(length),
                (1, FieldValue::Bytes(packed)) => {
                    let mut lengths = Fields::of(packed);
                    while let Some(length) = lengths.packed()? {
                        elements = elements.saturating_mul(length);
                    }
                }
                (8, FieldValue::Bytes(text)) => name = text,
                _ => {}
            }
            Ok(())
        })?;
        let bytes = self.tensor(name, elements.saturating_mul(element_bytes))?;
        self.weight_bytes = self.weight_bytes.saturating_add(bytes);
        let (bytes, bytes_max) = (self.weight_bytes, self.limits.bytes_max);
        if bytes > bytes_max {
            return Err(ModelLimitError::Weights { bytes, bytes_max }.into());
        }
        Ok(())
    }

    /// A `ValueInfoProto`: a dimension without a length counts as 1.
    fn value(&self, value: &[u8]) -> Result<(), SizeError> {
        let (mut elements, mut name) = (1_u64, &[][..]);
        for_each(value, |field| {
            match (field.number, field.value) {
                (1, FieldValue::Bytes(text)) => name = text,
                (2, FieldValue::Bytes(value_type)) => {
                    // The shape of a tensor type, and the length of each of its dimensions.
                    for_each_in(value_type, &[1, 2, 1], &mut |length| {
                        // A negative length is any length.
                        if i64::try_from(length).is_ok() {
                            elements = elements.saturating_mul(length);
                        }
                    })?;
                }
                _ => {}
            }
            Ok(())
        })?;
        let bytes = elements.saturating_mul(ELEMENT_BYTES);
        self.tensor(name, bytes).map(drop)
    }

    /// The bytes of a tensor, if they are within the limit.
    fn tensor(&self, name: &[u8], bytes: u64) -> Result<u64, SizeError> {
        let bytes_max = self.limits.bytes_max;
        if bytes > bytes_max {
            let name = String::from_utf8_lossy(name);
            let name = name.chars().take(SHOWN_CHARACTERS_MAX).collect();
            let tensor = ModelLimitError::Tensor {
                name,
                bytes,
                bytes_max,
            };
            return Err(tensor.into());
        }
        Ok(bytes)
    }
}

impl From<WireError> for SizeError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<ModelLimitError> for SizeError {
    fn from(error: ModelLimitError) -> Self {
        Self::Limit(error)
    }
}

fn for_each<'a>(
    message: &'a [u8],
    mut work: impl FnMut(Field<'a>) -> Result<(), SizeError>,
) -> Result<(), SizeError> {
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        work(field)?;
    }
    Ok(())
}

/// The numbers of field 1 in the messages at the end of a path of fields.
fn for_each_in(message: &[u8], path: &[u64], work: &mut impl FnMut(u64)) -> Result<(), SizeError> {
    for_each(message, |field| {
        match (path.split_first(), field.value) {
            (Some((number, rest)), FieldValue::Bytes(part)) if *number == field.number => {
                for_each_in(part, rest, work)?;
            }
            (None, FieldValue::Number(number)) if field.number == 1 => work(number),
            _ => {}
        }
        Ok(())
    })
}

/// rten computes with 32 bits what is not one of the two types of 8 bits.
const ELEMENT_BYTES: u64 = 4;
/// `TensorProto.DataType`.
const UINT8: u64 = 2;
const INT8: u64 = 3;
/// What a thread needs besides the recursion along the operators: the standard library's own size.
const STACK_BYTES: usize = 2 * 1024 * 1024;
/// rten's planner takes 1.4 KB in a debug build, and less in a release build.
const STACK_BYTES_PER_OPERATOR: usize = 2048;
const SHOWN_CHARACTERS_MAX: usize = 64;

#[cfg(test)]
mod tests;
