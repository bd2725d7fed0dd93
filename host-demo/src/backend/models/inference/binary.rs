//! Tensors as bytes: the elements one after the other, row by row, little-endian.

use rten::Value;
use rten_tensor::prelude::AsView as _;

use super::{
    error::InputProblem,
    tensor::{Elements, expected_element, shown_shape},
};
use crate::backend::models::datatype::Datatype;

/// Reads as many elements as the shape has.
///
/// # Errors
/// Another number of bytes, or an element with which models cannot compute.
pub(super) fn read(
    bytes: &[u8],
    datatype: Datatype,
    shape: &[usize],
    count: usize,
) -> Result<Elements, InputProblem> {
    if count.checked_mul(datatype.bytes()) != Some(bytes.len()) {
        return Err(InputProblem::BinarySize {
            given: bytes.len(),
            shape: shown_shape(shape),
            expected: count.saturating_mul(datatype.bytes()),
        });
    }
    let (words, _) = bytes.as_chunks::<4>();
    let (long_words, _) = bytes.as_chunks::<8>();
    let words = words.iter().copied();
    let long_words = long_words.iter().copied().enumerate();
    let refused = |index| InputProblem::Element {
        index,
        expected: expected_element(datatype),
    };
    Ok(match datatype {
        Datatype::Fp32 => Elements::Float(words.map(f32::from_le_bytes).collect()),
        Datatype::Int32 => Elements::Signed(words.map(i32::from_le_bytes).collect()),
        Datatype::Uint8 => Elements::Unsigned(bytes.to_vec()),
        Datatype::Fp64 => {
            let elements = long_words.map(|(index, word)| {
                narrow(f64::from_le_bytes(word)).ok_or_else(|| refused(index))
            });
            Elements::Float(elements.collect::<Result<_, _>>()?)
        }
        Datatype::Int64 => {
            let elements = long_words.map(|(index, word)| {
                i32::try_from(i64::from_le_bytes(word)).map_err(|_| refused(index))
            });
            Elements::Signed(elements.collect::<Result<_, _>>()?)
        }
        Datatype::Bool => {
            let elements = bytes.iter().enumerate().map(|(index, &byte)| match byte {
                0 | 1 => Ok(byte.into()),
                _ => Err(refused(index)),
            });
            Elements::Signed(elements.collect::<Result<_, _>>()?)
        }
    })
}

/// Appends the elements of a value that is of the type's form.
pub(super) fn write(value: &Value, datatype: Datatype, bytes: &mut Vec<u8>) {
    match value {
        Value::FloatTensor(tensor) if datatype == Datatype::Fp64 => {
            bytes.extend(tensor.iter().flat_map(|&one| f64::from(one).to_le_bytes()));
        }
        Value::FloatTensor(tensor) => {
            bytes.extend(tensor.iter().flat_map(|one| one.to_le_bytes()));
        }
        Value::Int32Tensor(tensor) => match datatype {
            Datatype::Int64 => {
                bytes.extend(tensor.iter().flat_map(|&one| i64::from(one).to_le_bytes()));
            }
            Datatype::Bool => bytes.extend(tensor.iter().map(|&one| u8::from(one != 0))),
            _ => bytes.extend(tensor.iter().flat_map(|one| one.to_le_bytes())),
        },
        Value::UInt8Tensor(tensor) => bytes.extend(tensor.iter()),
        // No output has another form.
        _ => {}
    }
}

/// None for a number that only a 64-bit float holds.
fn narrow(value: f64) -> Option<f32> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounds to the nearest float32; what is too large becomes infinite"
    )]
    let rounded = value as f32;
    (rounded.is_finite() || !value.is_finite()).then_some(rounded)
}

#[cfg(test)]
mod tests;
