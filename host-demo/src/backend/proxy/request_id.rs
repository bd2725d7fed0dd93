//! `x-request-id`: one name for a request in the logs of the client, of this server and of the upstream.

use std::{cell::Cell, fmt::Write as _};

use http::{HeaderMap, HeaderValue};

use super::request_head::REQUEST_ID;

/// A longer one of a client is replaced.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// Makes the ids of one serving thread: a number that differs from thread to thread and from start
/// to start, and a counter.
#[derive(Debug)]
pub(super) struct RequestIds {
    prefix: u64,
    next: Cell<u64>,
}

impl RequestIds {
    /// `prefix` is random.
    pub(super) const fn new(prefix: u64) -> Self {
        Self {
            prefix,
            next: Cell::new(0),
        }
    }

    /// The client's id, if it sent one that is short and visible ASCII; otherwise a new one.
    pub(super) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let mut given = headers.get_all(REQUEST_ID).iter();
        match (given.next(), given.next()) {
            (Some(id), None) if is_passed(id) => id.clone(),
            _ => self.make(),
        }
    }

    fn make(&self) -> HeaderValue {
        let number = self.next.get();
        self.next.set(number.wrapping_add(1));
        let mut text = String::with_capacity(32);
        // Writing to a string cannot fail.
        let _ = write!(text, "{:016x}{number:016x}", self.prefix);
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("0"))
    }
}

fn is_passed(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    (1..=REQUEST_ID_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests;
