//! What is wrong with an inference request.

use thiserror::Error;

use crate::backend::models::{datatype::Datatype, limits::ModelLimitError, signature::ShapeSpec};

/// An inference request that the model cannot answer. HTTP 400.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum RequestError {
    /// Not JSON, or JSON of another form.
    #[error("the body is not an inference request: {reason}; the model takes {expected}")]
    Form {
        /// From the parser, cut if it is long.
        reason: String,
        /// The inputs of the model.
        expected: String,
    },
    /// A length of the JSON that is no number, or more than the body.
    #[error(
        "Inference-Header-Content-Length is not the length of the JSON at the start of the body"
    )]
    JsonLength,
    /// Bytes after the JSON that no input has announced.
    #[error("{bytes} bytes after the JSON belong to no input")]
    UnusedBytes {
        /// How many.
        bytes: usize,
    },
    /// A name that no input has.
    #[error("the model has no input {name:?}; it takes {expected}")]
    UnknownInput {
        /// As it was given, cut if it is long.
        name: String,
        /// The inputs of the model.
        expected: String,
    },
    /// An input that is not there.
    #[error("the input {name:?} is missing; the model takes {expected}")]
    MissingInput {
        /// The input.
        name: String,
        /// The inputs of the model.
        expected: String,
    },
    /// An output that the model does not have.
    #[error("the model has no output {name:?}; it returns {expected}")]
    UnknownOutput {
        /// As it was given, cut if it is long.
        name: String,
        /// The outputs of the model.
        expected: String,
    },
    /// An output that is asked for twice.
    #[error("the output {name:?} is asked for twice")]
    RepeatedOutput {
        /// The output.
        name: String,
    },
    /// A value that the model would compute from the lengths of the inputs.
    #[error("with these shapes the model computes too much: {0}")]
    Size(ModelLimitError),
    /// One of the inputs.
    #[error("input {name:?}: {problem}")]
    Input {
        /// The input.
        name: String,
        /// What is wrong with it.
        problem: InputProblem,
    },
}

/// What is wrong with one input.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub(crate) enum InputProblem {
    /// It is there twice.
    #[error("it is given twice")]
    Repeated,
    /// Another element type.
    #[error("datatype {expected} is expected, not {given:?}")]
    Datatype {
        /// The model's.
        expected: Datatype,
        /// As it was given, cut if it is long.
        given: String,
    },
    /// Another shape.
    #[error("shape {expected} is expected, not {given}")]
    Shape {
        /// The model's; -1 is any length.
        expected: ShapeSpec,
        /// As it was given, cut if it is long.
        given: String,
    },
    /// More elements than any tensor may have.
    #[error("the shape {given} has more than {ELEMENTS_MAX} elements")]
    TooLarge {
        /// As it was given.
        given: String,
    },
    /// A dimension that has a name has another length than in another input.
    #[error("the dimension {symbol:?} has the length {given} here and {other} in another input")]
    Symbol {
        /// The name of the dimension.
        symbol: String,
        /// In this input.
        given: usize,
        /// In an input before it.
        other: usize,
    },
    /// No elements at all.
    #[error("it has no data")]
    NoData,
    /// Data in the JSON and after it.
    #[error("it has data in the JSON and binary data")]
    TwoKindsOfData,
    /// A `binary_data_size` that is more than what is left of the body.
    #[error("its binary data reaches beyond the end of the body")]
    BinaryBeyondBody,
    /// Another number of bytes than the shape says.
    #[error("it has {given} bytes of binary data, but the shape {shape} has {expected}")]
    BinarySize {
        /// The `binary_data_size`.
        given: usize,
        /// As it was given.
        shape: String,
        /// What the elements of the shape take.
        expected: usize,
    },
    /// Something other than an array.
    #[error("data is not an array of elements, flat or nested as the shape {shape}")]
    Form {
        /// As it was given.
        shape: String,
    },
    /// Fewer or more elements than the shape says.
    #[error("data has {given} elements, but the shape {shape} has {expected}")]
    Count {
        /// "more than N", or the number.
        given: String,
        /// As it was given.
        shape: String,
        /// The product of the shape.
        expected: usize,
    },
    /// An element of another type, or out of range.
    #[error("the element at index {index} is not {expected}")]
    Element {
        /// In row-major order, from 0.
        index: usize,
        /// What is expected.
        expected: &'static str,
    },
}

/// The largest number of elements in a tensor, whatever the size of a request may be.
pub(super) const ELEMENTS_MAX: usize = i32::MAX as usize;
