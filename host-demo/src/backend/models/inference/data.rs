//! Reads the elements of one tensor from JSON: a flat array, or arrays nested as the shape.
//!
//! Memory grows with the elements that are read, never with the size that the request announces.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    error::InputProblem,
    tensor::{Elements, expected_element, shown_shape},
};
use crate::backend::models::datatype::Datatype;

/// Reads as many elements as the shape has.
///
/// # Errors
/// The first problem of the data.
pub(super) fn read(
    data: &RawValue,
    datatype: Datatype,
    shape: &[usize],
    expected: usize,
) -> Result<Elements, InputProblem> {
    let mut reader = DataReader {
        shape,
        expected,
        datatype,
        elements: Elements::empty(datatype),
        element_depth: None,
        problem: None,
    };
    let mut json = serde_json::Deserializer::from_str(data.get());
    let read = Level {
        reader: &mut reader,
        depth: 0,
    }
    .deserialize(&mut json);
    let DataReader {
        elements, problem, ..
    } = reader;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let shape = || shown_shape(shape);
    match read {
        Ok(()) if elements.len() == expected => Ok(elements),
        Ok(()) => Err(InputProblem::Count {
            given: elements.len().to_string(),
            shape: shape(),
            expected,
        }),
        // The data is JSON: what the parser cannot read is a number that is too large for it.
        Err(error) if error.is_syntax() => Err(InputProblem::Element {
            index: elements.len(),
            expected: expected_element(datatype),
        }),
        // An object.
        Err(_) => Err(InputProblem::Form { shape: shape() }),
    }
}

struct DataReader<'s> {
    shape: &'s [usize],
    expected: usize,
    datatype: Datatype,
    elements: Elements,
    /// How many arrays are around each element: 1, or as many as the shape has dimensions.
    element_depth: Option<usize>,
    /// The reason, where the parser is stopped with an error.
    problem: Option<InputProblem>,
}

/// A JSON number or boolean.
#[derive(Clone, Copy)]
enum Scalar {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl DataReader<'_> {
    fn push<E: Error>(&mut self, scalar: Scalar, depth: usize) -> Result<(), E> {
        let is_at_its_depth = match self.element_depth {
            Some(known) => depth == known,
            None => depth == 1 || depth == self.shape.len(),
        };
        if !is_at_its_depth || depth == 0 {
            return Err(self.form());
        }
        self.element_depth = Some(depth);
        if self.elements.len() >= self.expected {
            return Err(self.stop(InputProblem::Count {
                given: format!("more than {}", self.expected),
                shape: shown_shape(self.shape),
                expected: self.expected,
            }));
        }
        let index = self.elements.len();
        if self.elements.push(scalar, self.datatype).is_some() {
            return Ok(());
        }
        let expected = expected_element(self.datatype);
        Err(self.stop(InputProblem::Element { index, expected }))
    }

    /// A text or a null.
    fn other<E: Error>(&mut self, depth: usize) -> E {
        if depth == 0 {
            return self.form();
        }
        let (index, expected) = (self.elements.len(), expected_element(self.datatype));
        self.stop(InputProblem::Element { index, expected })
    }

    /// After an array of `count` items that are arrays or elements.
    fn end_array<E: Error>(&mut self, depth: usize, count: usize) -> Result<(), E> {
        let is_flat = depth == 0 && (self.element_depth == Some(1) || count == 0);
        if is_flat || self.shape.get(depth) == Some(&count) {
            Ok(())
        } else {
            Err(self.form())
        }
    }

    fn form<E: Error>(&mut self) -> E {
        let shape = shown_shape(self.shape);
        self.stop(InputProblem::Form { shape })
    }

    fn stop<E: Error>(&mut self, problem: InputProblem) -> E {
        self.problem.get_or_insert(problem);
        E::custom("stopped")
    }
}

/// A value that stands in `depth` arrays.
struct Level<'r, 's> {
    reader: &'r mut DataReader<'s>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { reader, depth } = self;
        // Bounds the recursion by the shape, whose number of dimensions is checked before.
        if depth >= reader.shape.len().max(1) {
            return Err(reader.form());
        }
        let mut count = 0;
        loop {
            let item = Level {
                reader: &mut *reader,
                depth: depth + 1,
            };
            if items.next_element_seed(item)?.is_none() {
                break;
            }
            count += 1;
        }
        reader.end_array(depth, count)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.reader.push(Scalar::Bool(value), self.depth)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.reader.push(Scalar::Unsigned(value), self.depth)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.reader.push(Scalar::Signed(value), self.depth)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.reader.push(Scalar::Float(value), self.depth)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(self.reader.other(self.depth))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(self.reader.other(self.depth))
    }
}

impl Elements {
    /// Adds one element; none if it is not of the type.
    fn push(&mut self, scalar: Scalar, datatype: Datatype) -> Option<()> {
        match self {
            Self::Float(elements) => elements.push(float(scalar)?),
            Self::Unsigned(elements) => elements.push(integer(scalar)?),
            Self::Signed(elements) if datatype == Datatype::Bool => match scalar {
                Scalar::Bool(value) => elements.push(value.into()),
                Scalar::Unsigned(_) | Scalar::Signed(_) | Scalar::Float(_) => return None,
            },
            Self::Signed(elements) => elements.push(integer(scalar)?),
        }
        Some(())
    }
}

fn integer<T: TryFrom<u64> + TryFrom<i64>>(scalar: Scalar) -> Option<T> {
    match scalar {
        Scalar::Unsigned(value) => value.try_into().ok(),
        Scalar::Signed(value) => value.try_into().ok(),
        Scalar::Bool(_) | Scalar::Float(_) => None,
    }
}

fn float(scalar: Scalar) -> Option<f32> {
    let value = match scalar {
        Scalar::Float(value) => value,
        Scalar::Unsigned(value) => value as f64,
        Scalar::Signed(value) => value as f64,
        Scalar::Bool(_) => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounds to the nearest float32; what is too large becomes infinite"
    )]
    let rounded = value as f32;
    rounded.is_finite().then_some(rounded)
}

#[cfg(test)]
mod tests;
