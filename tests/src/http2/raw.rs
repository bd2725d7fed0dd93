//! A client of HTTP/2 that sends any header fields, in any order, valid or not.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use crate::DEADLINE;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// The stream of the only request.
const STREAM: u32 = 1;

/// How the other side answered a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "HTTP/2 has no other")]
pub enum Answer {
    /// With a response of this status.
    Status(u16),
    /// `RST_STREAM` with this error code.
    Reset(u32),
    /// `GOAWAY` with this error code.
    GoAway(u32),
    /// By closing the connection.
    Closed,
}

/// Sends one request on a new connection: header fields as they are given, and DATA frames.
///
/// # Panics
/// When there is no answer, or one with a status that is encoded in another way than hyper's server does.
#[must_use]
pub fn request(address: SocketAddr, fields: &[(&str, &str)], body: &[&[u8]]) -> Answer {
    request_and_stay(address, fields, body).1
}

/// As [`request`], on a connection that stays open for as long as the stream is held.
#[must_use]
pub fn request_and_stay(
    address: SocketAddr,
    fields: &[(&str, &str)],
    body: &[&[u8]],
) -> (TcpStream, Answer) {
    let mut stream = TcpStream::connect(address).expect("the host listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    let end = if body.is_empty() { END_STREAM } else { 0 };
    let block: Vec<u8> = fields.iter().flat_map(|field| literal(*field)).collect();
    bytes.extend(frame(HEADERS, END_HEADERS | end, STREAM, &block));
    for (index, data) in body.iter().enumerate() {
        let end = if index + 1 == body.len() {
            END_STREAM
        } else {
            0
        };
        bytes.extend(frame(DATA, end, STREAM, data));
    }
    // The host may close the connection meanwhile.
    let _ = stream.write_all(&bytes);
    let answer = answer(&mut stream).unwrap_or(Answer::Closed);
    (stream, answer)
}

fn answer(stream: &mut TcpStream) -> io::Result<Answer> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let [a, b, c, kind, ..] = head;
        let mut payload = vec![0; number(&[a, b, c])];
        stream.read_exact(&mut payload)?;
        match kind {
            HEADERS => return Ok(Answer::Status(status(&payload))),
            RST_STREAM => return Ok(Answer::Reset(code(&payload))),
            GOAWAY => return Ok(Answer::GoAway(code(&payload[4..]))),
            _ => {}
        }
    }
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

/// The first field of a response.
fn status(block: &[u8]) -> u16 {
    match block {
        // RFC 7541 appendix A.
        [0x88, ..] => 200,
        [0x89, ..] => 204,
        [0x8a, ..] => 206,
        [0x8b, ..] => 304,
        [0x8c, ..] => 400,
        [0x8d, ..] => 404,
        [0x8e, ..] => 500,
        [0x48, length, value @ ..] if length & 128 != 0 => {
            huffman_digits(&value[..usize::from(length & 127)])
        }
        [0x48, 3, value @ ..] => {
            let text = std::str::from_utf8(&value[..3]);
            text.ok()
                .and_then(|text| text.parse().ok())
                .expect("a status")
        }
        _ => panic!("the response begins with {block:?}"),
    }
}

/// Three digits in Huffman's code of RFC 7541: 5 bits for 0 to 2, 6 for the others.
fn huffman_digits(bytes: &[u8]) -> u16 {
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1))
        .collect();
    let value = |bits: &[u8]| {
        bits.iter()
            .fold(0, |value, bit| value * 2 + u16::from(*bit))
    };
    let mut rest = bits.as_slice();
    let mut status = 0;
    for _ in 0..3 {
        let short = value(&rest[..5]);
        let (digit, length) = if short < 3 {
            (short, 5)
        } else {
            // 3 is 011001.
            (value(&rest[..6]) - 0b01_1001 + 3, 6)
        };
        status = status * 10 + digit;
        rest = &rest[length..];
    }
    status
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |value, byte| value * 256 + usize::from(*byte))
}

fn code(payload: &[u8]) -> u32 {
    let bytes = payload[..4].try_into().expect("four bytes");
    u32::from_be_bytes(bytes)
}
