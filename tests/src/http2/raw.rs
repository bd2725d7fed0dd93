//! A client of HTTP/2 that sends any header fields, in any order, valid or not.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use super::frames::{self, GOAWAY, HEADERS, RST_STREAM};
use crate::DEADLINE;

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
    let mut bytes = frames::opening(&[]);
    bytes.extend(frames::head(STREAM, fields, body.is_empty()));
    for (index, data) in body.iter().enumerate() {
        bytes.extend(frames::data(STREAM, data, index + 1 == body.len()));
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

/// The first field of a response.
pub(super) fn status(block: &[u8]) -> u16 {
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

pub(super) fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |value, byte| value * 256 + usize::from(*byte))
}

pub(super) fn code(payload: &[u8]) -> u32 {
    let bytes = payload[..4].try_into().expect("four bytes");
    u32::from_be_bytes(bytes)
}
