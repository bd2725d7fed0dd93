use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::record::Record;
use crate::pattern;

/// How large the pieces of a generated body are.
const PIECE_BYTES: u64 = 64 * 1024;

/// A body of the pattern, which counts what is taken from it.
#[derive(Debug)]
pub(super) struct GeneratedBody {
    position: u64,
    length: u64,
    record: Record,
}

impl GeneratedBody {
    pub(super) const fn new(length: u64, record: Record) -> Self {
        Self {
            position: 0,
            length,
            record,
        }
    }
}

impl Body for GeneratedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let left = self.length - self.position;
        if left == 0 {
            return Poll::Ready(None);
        }
        let piece = pattern::piece(self.position, left.min(PIECE_BYTES));
        let length = u64::try_from(piece.len()).expect("64 bits");
        self.position += length;
        self.record.lock().bytes_sent += length;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}
