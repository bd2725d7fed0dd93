//! The frames of HTTP/2 that a client sends, as bytes (RFC 9113).

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// The identifier of `SETTINGS_INITIAL_WINDOW_SIZE`.
pub const INITIAL_WINDOW_SIZE: u16 = 4;

const HEADER_LENGTH: usize = 9;

/// What a client sends first: the preface, and its settings.
#[must_use]
pub fn opening(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (identifier, value) in settings {
        payload.extend(identifier.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &payload));
    bytes
}

/// The head of a request.
#[must_use]
pub fn head(stream: u32, fields: &[(&str, &str)], ends_stream: bool) -> Vec<u8> {
    let end = if ends_stream { END_STREAM } else { 0 };
    let block: Vec<u8> = fields.iter().flat_map(|field| literal(*field)).collect();
    frame(HEADERS, END_HEADERS | end, stream, &block)
}

/// A piece of the body of a request.
#[must_use]
pub fn data(stream: u32, bytes: &[u8], ends_stream: bool) -> Vec<u8> {
    frame(
        DATA,
        if ends_stream { END_STREAM } else { 0 },
        stream,
        bytes,
    )
}

/// A question whether the other side is there.
#[must_use]
pub fn ping() -> Vec<u8> {
    frame(PING, 0, 0, &[0; 8])
}

/// The answers to every `PING` among the frames that are complete, which are removed.
#[must_use]
pub fn answer_pings(received: &mut Vec<u8>) -> Vec<u8> {
    let mut answers = Vec::new();
    let mut rest = received.as_slice();
    while let Some((&[a, b, c, kind, flags, ..], after)) = rest.split_first_chunk::<HEADER_LENGTH>()
    {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let Some((payload, after)) = after.split_at_checked(length) else {
            break;
        };
        if kind == PING && flags & ACK == 0 {
            answers.extend(frame(PING, ACK, 0, payload));
        }
        rest = after;
    }
    *received = rest.to_vec();
    answers
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A literal field that is not indexed, neither name nor value in Huffman's code.
fn literal((name, value): (&str, &str)) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        match u8::try_from(text.len()) {
            Ok(length @ ..127) => bytes.push(length),
            // RFC 7541 5.1: 127 and the rest in groups of 7 bits; two groups do for what is below 16510.
            _ => {
                let rest = text.len() - 127;
                let low = u8::try_from(rest % 128).expect("7 bits");
                let high = u8::try_from(rest / 128).expect("a short text");
                bytes.extend([127, low | 128, high]);
            }
        }
        bytes.extend(text.as_bytes());
    }
    bytes
}
