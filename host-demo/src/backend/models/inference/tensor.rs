//! A tensor of a request, in the types with which models compute.

use std::fmt::Display;

use crate::backend::models::datatype::Datatype;

/// A dense tensor.
#[derive(Debug, PartialEq)]
pub(in crate::backend::models) struct Tensor {
    pub(in crate::backend::models) shape: Vec<usize>,
    /// As many as the product of the shape, row by row.
    pub(in crate::backend::models) elements: Elements,
}

/// The elements of a tensor.
#[derive(Debug, PartialEq)]
pub(in crate::backend::models) enum Elements {
    Float(Vec<f32>),
    /// Of 64-bit integers, too, and of booleans as 0 and 1.
    Signed(Vec<i32>),
    Unsigned(Vec<u8>),
}

impl Elements {
    pub(super) const fn empty(datatype: Datatype) -> Self {
        match datatype {
            Datatype::Fp32 | Datatype::Fp64 => Self::Float(Vec::new()),
            Datatype::Int32 | Datatype::Int64 | Datatype::Bool => Self::Signed(Vec::new()),
            Datatype::Uint8 => Self::Unsigned(Vec::new()),
        }
    }

    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Float(elements) => elements.len(),
            Self::Signed(elements) => elements.len(),
            Self::Unsigned(elements) => elements.len(),
        }
    }
}

/// What is expected instead of an element that is not of the type.
pub(super) const fn expected_element(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::Fp32 | Datatype::Fp64 => "a number within the range of a 32-bit float",
        Datatype::Int32 | Datatype::Int64 => {
            "an integer from -2147483648 to 2147483647 (models compute with 32 bits)"
        }
        Datatype::Uint8 => "an integer from 0 to 255",
        Datatype::Bool => "true or false",
    }
}

/// A shape for an error; a long one is cut.
pub(super) fn shown_shape(shape: &[impl Display]) -> String {
    let lengths = shape.iter().take(DIMENSIONS_MAX).map(ToString::to_string);
    let more = if shape.len() > DIMENSIONS_MAX {
        ", .."
    } else {
        ""
    };
    format!("[{}{more}]", lengths.collect::<Vec<_>>().join(", "))
}

/// The longest shape of an input whose model does not say how many dimensions it has.
pub(super) const DIMENSIONS_MAX: usize = 16;
