//! The types of tensor elements, by their names in the Open Inference Protocol.

use std::fmt;

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Datatype {
    Bool,
    Uint8,
    Int32,
    /// Computed with 32 bits: values outside of their range are refused.
    Int64,
    Fp32,
    /// Computed as 32-bit floating point.
    Fp64,
}

impl Datatype {
    /// The names of all types, for errors.
    pub(super) const NAMES: &str = "FP32, FP64, INT32, INT64, UINT8 and BOOL";

    /// From ONNX's `TensorProto.DataType`.
    pub(super) const fn from_onnx(elem_type: u64) -> Option<Self> {
        match elem_type {
            1 => Some(Self::Fp32),
            2 => Some(Self::Uint8),
            6 => Some(Self::Int32),
            7 => Some(Self::Int64),
            9 => Some(Self::Bool),
            11 => Some(Self::Fp64),
            _ => None,
        }
    }

    /// The size of one element in a request.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::Uint8 => 1,
            Self::Int32 | Self::Fp32 => 4,
            Self::Int64 | Self::Fp64 => 8,
        }
    }

    /// The protocol's name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Uint8 => "UINT8",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Fp32 => "FP32",
            Self::Fp64 => "FP64",
        }
    }
}

impl fmt::Display for Datatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
