//! The wire format of an ONNX file: its fields, and a check that all lengths and depths are within
//! bounds.
//!
//! rten 0.27 trusts a model file: a length that reaches beyond the file makes it allocate that much
//! and abort, an unterminated number makes it loop forever, nested graphs overflow the stack. A
//! truncated or corrupt file must not do that to the host, so all messages of `onnx.proto3` that
//! rten reads are checked here first.

use thiserror::Error;

/// Checks a serialized `ModelProto`.
pub(super) fn check_model(file: &[u8]) -> Result<(), WireError> {
    check_message(file, Message::Model, DEPTH_MAX)
}

/// A file that is not a well-formed ONNX model.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum WireError {
    /// A length or a number reaches beyond its message: the file is truncated or something else.
    #[error("the file is truncated or not an ONNX file")]
    Length,
    /// A number of more than ten bytes.
    #[error("the file has a malformed number or is not an ONNX file")]
    Number,
    /// A wire type that ONNX does not use.
    #[error("the file has a malformed value or is not an ONNX file")]
    Kind,
    /// Graphs that are nested too deeply.
    #[error("the file nests its messages more than {DEPTH_MAX} levels deep")]
    Depth,
}

/// The messages that contain messages, and how their fields are checked.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    SequenceType,
    Shape,
    /// Numbers and texts only.
    Flat,
}

/// The content of a value that has a length.
enum FieldContent {
    Message(Message),
    /// Packed numbers.
    Numbers,
    /// Text, bytes, fixed-width numbers, or a message that rten skips.
    Bytes,
}

impl Message {
    /// By the field numbers of `onnx.proto3`, which never change.
    fn content(self, field: u64) -> FieldContent {
        match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6 | 11) => FieldContent::Message(Self::Graph),
            (Self::Graph, 1) => FieldContent::Message(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) => FieldContent::Message(Self::Tensor),
            (Self::Graph, 11..=13) => FieldContent::Message(Self::ValueInfo),
            (Self::Node, 5) => FieldContent::Message(Self::Attribute),
            (Self::ValueInfo, 2) | (Self::SequenceType, 1) | (Self::Attribute, 14 | 15) => {
                FieldContent::Message(Self::Type)
            }
            (Self::Type, 1) => FieldContent::Message(Self::TensorType),
            (Self::Type, 4) => FieldContent::Message(Self::SequenceType),
            (Self::TensorType, 2) => FieldContent::Message(Self::Shape),
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => {
                FieldContent::Message(Self::Flat)
            }
            (Self::Attribute, 8) | (Self::Tensor, 1 | 5 | 7 | 11) => FieldContent::Numbers,
            _ => FieldContent::Bytes,
        }
    }
}

/// The fields of one message, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

/// One field, by its number in `onnx.proto3`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) value: FieldValue<'a>,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum FieldValue<'a> {
    Number(u64),
    /// A text, a message, or packed numbers.
    Bytes(&'a [u8]),
    /// A number of fixed width, which is skipped.
    Fixed,
}

impl<'a> Fields<'a> {
    pub(super) const fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next of packed numbers, which are no fields; none after the last one.
    pub(super) fn packed(&mut self) -> Result<Option<u64>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        number(&mut self.0).map(Some)
    }

    /// The next field; none at the end of the message.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = number(&mut self.0)?;
        let value = match tag & 7 {
            0 => FieldValue::Number(number(&mut self.0)?),
            1 => {
                bytes(&mut self.0, 8)?;
                FieldValue::Fixed
            }
            5 => {
                bytes(&mut self.0, 4)?;
                FieldValue::Fixed
            }
            2 => {
                let length = number(&mut self.0)?;
                FieldValue::Bytes(bytes(&mut self.0, length)?)
            }
            _ => return Err(WireError::Kind),
        };
        let number = tag >> 3;
        Ok(Some(Field { number, value }))
    }
}

fn check_message(message: &[u8], kind: Message, depth_left: usize) -> Result<(), WireError> {
    let depth_left = depth_left.checked_sub(1).ok_or(WireError::Depth)?;
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        let FieldValue::Bytes(mut value) = field.value else {
            continue;
        };
        match kind.content(field.number) {
            FieldContent::Message(part) => check_message(value, part, depth_left)?,
            FieldContent::Numbers => {
                while !value.is_empty() {
                    number(&mut value)?;
                }
            }
            FieldContent::Bytes => {}
        }
    }
    Ok(())
}

/// Splits a base-128 number off the front.
fn number(rest: &mut &[u8]) -> Result<u64, WireError> {
    let mut value = 0_u64;
    for index in 0..NUMBER_BYTES_MAX {
        let (&byte, after) = rest.split_first().ok_or(WireError::Length)?;
        *rest = after;
        let part = u64::from(byte & 0x7f);
        if part.leading_zeros() < 7 * index {
            return Err(WireError::Number);
        }
        value |= part << (7 * index);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(WireError::Number)
}

/// Splits `length` bytes off the front.
fn bytes<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], WireError> {
    let length = usize::try_from(length).map_err(|_| WireError::Length)?;
    let (value, after) = rest.split_at_checked(length).ok_or(WireError::Length)?;
    *rest = after;
    Ok(value)
}

/// A graph in an attribute of a node is three levels down; real models have a few of them.
const DEPTH_MAX: usize = 32;
/// 64 bits at 7 bits a byte.
const NUMBER_BYTES_MAX: u32 = 10;

#[cfg(test)]
mod tests;
