//! How large the values become that a model computes on its way from inputs to outputs.
//!
//! An inference request chooses the lengths of open dimensions, and memory that cannot be had ends
//! the process. rten infers the shapes of values when it loads a model; with them a request is
//! refused before anything is computed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rten::{Dimension, Model};

use super::{length::Length, limits::ModelLimitError};

/// The values whose shapes are known from those of the inputs.
#[derive(Debug)]
pub(super) struct ValueSizes {
    /// The dimensions of each input, as far as they are declared.
    inputs: Vec<Option<Vec<Dimension>>>,
    /// One value for each shape that depends on an open dimension.
    open: Vec<(String, Vec<Length>)>,
    bytes_max: u64,
}

impl ValueSizes {
    /// Looks at the values with these names.
    ///
    /// # Errors
    /// A value that is too large whatever the inputs are.
    pub(super) fn of(
        model: &Model,
        names: &BTreeSet<String>,
        bytes_max: u64,
    ) -> Result<Self, ModelLimitError> {
        let mut shapes: BTreeMap<Vec<String>, (String, Vec<Length>)> = BTreeMap::new();
        for name in names {
            let node = model.find_node(name).and_then(|node| model.node_info(node));
            let Some(shape) = node.and_then(|node| node.shape()) else {
                continue;
            };
            let texts: Vec<_> = shape.iter().map(text).collect();
            if !shapes.contains_key(&texts)
                && let Some(lengths) = texts.iter().map(|text| Length::parse(text)).collect()
            {
                shapes.insert(texts, (name.clone(), lengths));
            }
        }
        let sizes = Self {
            inputs: (0..model.input_ids().len())
                .map(|index| model.input_shape(index))
                .collect(),
            open: Vec::new(),
            bytes_max,
        };
        let nothing = HashMap::new();
        let mut open = Vec::new();
        for (name, lengths) in shapes.into_values() {
            match bytes(&lengths, &nothing) {
                Some(bytes) => sizes.check_size(&name, bytes)?,
                None => open.push((name, lengths)),
            }
        }
        Ok(Self { open, ..sizes })
    }

    /// Checks a request by the shapes of its inputs, in the order of the model's.
    ///
    /// # Errors
    /// A value that would be too large.
    pub(super) fn check<'s>(
        &self,
        shapes: impl Iterator<Item = &'s [usize]>,
    ) -> Result<(), ModelLimitError> {
        let mut lengths = HashMap::new();
        for (declared, shape) in self.inputs.iter().zip(shapes) {
            for (dimension, length) in declared.iter().flatten().zip(shape) {
                if let Dimension::Symbolic(name) = dimension {
                    lengths.insert(&**name, i64::try_from(*length).unwrap_or(i64::MAX));
                }
            }
        }
        for (name, shape) in &self.open {
            if let Some(bytes) = bytes(shape, &lengths) {
                self.check_size(name, bytes)?;
            }
        }
        Ok(())
    }

    fn check_size(&self, name: &str, bytes: u64) -> Result<(), ModelLimitError> {
        let bytes_max = self.bytes_max;
        if bytes <= bytes_max {
            return Ok(());
        }
        Err(ModelLimitError::Tensor {
            name: name.chars().take(SHOWN_CHARACTERS_MAX).collect(),
            bytes,
            bytes_max,
        })
    }
}

/// A name that reads like a number, or like more than a name, is a shape that is not known.
fn text(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Fixed(length) => length.to_string(),
        Dimension::Symbolic(name) => name.clone(),
    }
}

/// The bytes of a tensor; none if a length is not known.
fn bytes(shape: &[Length], lengths: &HashMap<&str, i64>) -> Option<u64> {
    let mut bytes = ELEMENT_BYTES;
    for length in shape {
        let length = u64::try_from(length.value(lengths)?).unwrap_or_default();
        bytes = bytes.saturating_mul(length);
    }
    Some(bytes)
}

/// rten computes with elements of 32 bits, or less.
const ELEMENT_BYTES: u64 = 4;
const SHOWN_CHARACTERS_MAX: usize = 64;
