//! The input of a prediction in a body: the same whatever pieces the body comes in, never more than the limit,
//! a part of the body, and counted as memory for as long as it is kept.
#![no_main]

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use fuzz::{event_loop, input::Input};
use host_demo::fuzzing::models::Uploads;
use http::HeaderValue;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;
use libfuzzer_sys::fuzz_target;

const LIMIT_BYTES: usize = 4096;

// A line with the content type, the length of the pieces, and the body.
fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let Ok(content_type) = HeaderValue::from_bytes(input.until(b'\n')) else {
        return;
    };
    let piece_bytes = usize::from(input.byte()).max(1);
    let body = Bytes::copy_from_slice(input.rest());
    let whole = read(&content_type, Full::new(body.clone()).boxed());
    let pieces: Vec<_> = body
        .chunks(piece_bytes)
        .map(Bytes::copy_from_slice)
        .collect();
    let in_pieces = read(&content_type, in_pieces(pieces));
    for read in [&whole, &in_pieces].into_iter().flatten() {
        assert!(read.len() <= LIMIT_BYTES);
        assert!(read.is_empty() || body.windows(read.len()).any(|part| part == read));
    }
    // A body that is too large is refused before it is read, if its length is known.
    if body.len() <= LIMIT_BYTES {
        assert_eq!(whole, in_pieces);
    }
});

fn read(content_type: &HeaderValue, body: BoxBody<Bytes, Infallible>) -> Option<Vec<u8>> {
    let uploads = Uploads::new(LIMIT_BYTES);
    let read = event_loop::run(uploads.read(Some(content_type), body));
    let read = read.ok().map(|input| {
        assert!(uploads.buffered_bytes() >= input.len());
        input.to_vec()
    });
    assert_eq!(uploads.buffered_bytes(), 0);
    read
}

fn in_pieces(pieces: Vec<Bytes>) -> BoxBody<Bytes, Infallible> {
    let frames = pieces.into_iter().map(|piece| Ok(Frame::data(piece)));
    BoxBody::new(StreamBody::new(stream::iter(frames)))
}
