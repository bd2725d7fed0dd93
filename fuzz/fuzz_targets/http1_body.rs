//! A request over HTTP/1.1 with a body, which is a request itself: whatever else the head of the outer one says,
//! nothing of the body is taken for a request.
#![no_main]

use fuzz::{
    gateway::{Ending, KEY, exchange, hidden_permits, pieces},
    input::Input,
};
use libfuzzer_sys::fuzz_target;

const METHODS: [&str; 6] = ["POST", "GET", "PUT", "DELETE", "OPTIONS", "PATCH"];
const TARGETS: [&str; 12] = [
    "/guarded",
    "/predictions/digits",
    "/token?type=inference",
    "/models",
    "/models/digits",
    "/ping",
    "/v2/models/digits/infer",
    "/",
    "/plugins",
    "/guarded/../x",
    "http://x/guarded",
    "/api-description",
];

// How the client ends, how long its pieces are, what the outer request asks for and how long its body is, and
// then lines of its head.
fuzz_target!(init: check_that_the_request_is_one(), |bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let ending = *input.choose(&[Ending::Wait, Ending::HalfClose, Ending::Drop]);
    let piece_bytes = 1 + 64 * usize::from(input.byte());
    let method = *input.choose(&METHODS);
    let target = *input.choose(&TARGETS);
    let has_key = input.byte() % 2 == 1;
    // Below 128 the body has its length in the head.
    let chunk_bytes = input.byte().checked_sub(127).filter(|&length| length > 0);
    let chunk_bytes = chunk_bytes.map(|length| usize::from(length) * 16);
    let mut body = "\r\n".repeat(usize::from(input.byte()) * 32);
    for _ in 0..3 {
        body.push_str(&hidden_request());
    }
    let authorization = if has_key {
        format!("Authorization: Bearer {KEY}\r\n")
    } else {
        String::new()
    };
    let length = match chunk_bytes {
        Some(_) => "Transfer-Encoding: chunked".to_owned(),
        None => format!("Content-Length: {}", body.len()),
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{authorization}{length}\r\n").into_bytes();
    let lines = input.rest();
    let lines = lines.strip_suffix(b"\r\n").unwrap_or(lines);
    if !lines.is_empty() {
        head.extend_from_slice(lines);
        head.extend_from_slice(b"\r\n");
    }
    // With an empty line the head ends there, and the body is what follows.
    if head.windows(2).any(|pair| pair == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n") {
        return;
    }
    head.extend_from_slice(b"\r\n");
    match chunk_bytes {
        None => head.extend_from_slice(body.as_bytes()),
        Some(length) => {
            for chunk in body.as_bytes().chunks(length) {
                head.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                head.extend_from_slice(chunk);
                head.extend_from_slice(b"\r\n");
            }
            head.extend_from_slice(b"0\r\n\r\n");
        }
    }
    let pieces = pieces(&head, piece_bytes);
    exchange(&pieces, ending);
    assert_eq!(hidden_permits(), 0, "{}", head.escape_ascii());
});

fn hidden_request() -> String {
    format!("GET /hidden HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n")
}

// The target would see it if the body were taken for a request.
fn check_that_the_request_is_one() {
    exchange(&[hidden_request().as_bytes()], Ending::Wait);
    assert_eq!(hidden_permits(), 1);
}
