//! Frames of HTTP/2.

use crate::input::Input;

/// The beginning of a connection: the preface and an empty frame SETTINGS.
pub const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The type of a frame.
pub const DATA: u8 = 0;
/// The type of a frame.
pub const HEADERS: u8 = 1;
/// A flag of both: the last frame of its stream.
pub const END_STREAM: u8 = 1;
/// A flag of HEADERS: the fields are complete.
pub const END_HEADERS: u8 = 4;

/// One frame with the length of its payload, which is at most that of the default settings.
pub fn push(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let payload = &payload[..payload.len().min(16_384)];
    let length = u32::try_from(payload.len()).unwrap_or_default();
    bytes.extend_from_slice(&length.to_be_bytes()[1..]);
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
}

/// A field that is in no table, as HPACK writes it without compression.
pub fn push_field(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    bytes.push(0);
    for text in [name.as_bytes(), value] {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX).min(126);
        bytes.push(length);
        bytes.extend_from_slice(&text[..usize::from(length)]);
    }
}

/// Frames of an input, each with the right length: type, flags, stream, length of the payload, payload.
pub fn push_all(bytes: &mut Vec<u8>, input: &mut Input<'_>, frames_max: usize) {
    for _ in 0..frames_max {
        if input.is_empty() {
            return;
        }
        let (kind, flags, stream) = (input.byte(), input.byte(), input.byte());
        let length = usize::from(input.byte());
        push(bytes, kind, flags, stream.into(), input.bytes(length));
    }
}
