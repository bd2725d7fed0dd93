//! A connection over HTTP/2 with any frames: without the key nothing that needs it is called, no data of a
//! stream are taken for frames, and the connection ends.
#![no_main]

use fuzz::{
    frames::{self, DATA, END_HEADERS, END_STREAM, HEADERS},
    gateway::{Ending, KEY, exchange, guarded_calls, hidden_permits, pieces},
    input::Input,
};
use libfuzzer_sys::fuzz_target;

// How the client ends, the length of the pieces, frames before and after a request without a key whose
// data are a request with the key.
fuzz_target!(init: check_that_the_request_is_one(), |bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let ending = *input.choose(&[Ending::Wait, Ending::HalfClose, Ending::Drop]);
    let piece_bytes = 1 + 16 * usize::from(input.byte());
    let frames_before = usize::from(input.byte());
    let mut sent = frames::START.to_vec();
    frames::push_all(&mut sent, &mut input, frames_before);
    let mut fields = Vec::new();
    push_request(&mut fields, "/guarded");
    frames::push(&mut sent, HEADERS, END_HEADERS, 1, &fields);
    frames::push(&mut sent, DATA, END_STREAM, 1, &hidden_request());
    frames::push_all(&mut sent, &mut input, usize::MAX);
    let pieces = pieces(&sent, piece_bytes);
    exchange(&pieces, ending);
    assert_eq!((guarded_calls(), hidden_permits()), (0, 0));
});

fn push_request(fields: &mut Vec<u8>, path: &str) {
    frames::push_field(fields, ":method", b"GET");
    frames::push_field(fields, ":scheme", b"http");
    frames::push_field(fields, ":authority", b"x");
    frames::push_field(fields, ":path", path.as_bytes());
}

// The frames of a request with the key.
fn hidden_request() -> Vec<u8> {
    let mut fields = Vec::new();
    push_request(&mut fields, "/hidden");
    frames::push_field(
        &mut fields,
        "authorization",
        format!("Bearer {KEY}").as_bytes(),
    );
    let mut bytes = Vec::new();
    for stream in [3, 5, 7, 9] {
        frames::push(
            &mut bytes,
            HEADERS,
            END_HEADERS | END_STREAM,
            stream,
            &fields,
        );
    }
    bytes
}

// The target would see it if the data were taken for frames.
fn check_that_the_request_is_one() {
    let mut sent = frames::START.to_vec();
    sent.extend_from_slice(&hidden_request());
    exchange(&[&sent], Ending::Wait);
    assert_eq!(hidden_permits(), 4);
}
