//! The end of what a client sends, which HTTP/1.1 does not see while a response is still to be sent.
//!
//! A client may end its sending after a request and wait for the response. HTTP would take that for a client
//! that has gone, and drop the request.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The end of the requests of one connection.
#[derive(Debug, Default)]
pub(crate) struct InputEnd {
    is_withheld: AtomicBool,
    has_come: AtomicBool,
}

impl InputEnd {
    /// A request begins, which is answered even if the client sends nothing after it.
    pub(crate) fn withhold(&self) {
        self.is_withheld.store(true, Relaxed);
    }

    /// From now on HTTP sees the end. Whether it has been withheld.
    pub(super) fn release(&self) -> bool {
        self.is_withheld.swap(false, Relaxed) && self.has_come.load(Relaxed)
    }

    /// Notes that the stream has ended; whether HTTP does not see it yet.
    pub(crate) fn note(&self) -> bool {
        self.has_come.store(true, Relaxed);
        self.is_withheld.load(Relaxed)
    }

    /// Whether the stream has ended.
    pub(super) fn has_come(&self) -> bool {
        self.has_come.load(Relaxed)
    }
}
