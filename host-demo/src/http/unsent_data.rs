//! A piece of a response that the client has not taken yet.

use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::{connection_state::ConnectionState, running_request::RunningRequest};

/// The bytes of a piece. Over HTTP/2 they stay here until the client's window lets them pass; over
/// HTTP/1.1 they are copied to the buffer of the connection.
#[derive(Debug)]
pub(crate) struct UnsentData {
    bytes: Bytes,
    connection: Arc<ConnectionState>,
    /// In which set of its connection it is counted.
    set: u8,
    /// The request, if this is the last piece of its response.
    _request: Option<RunningRequest>,
}

impl UnsentData {
    pub(super) fn new(
        bytes: Bytes,
        connection: Arc<ConnectionState>,
        request: Option<RunningRequest>,
    ) -> Self {
        let set = connection.enter_unsent();
        Self {
            bytes,
            connection,
            set,
            _request: request,
        }
    }
}

impl Buf for UnsentData {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.connection.note_use();
    }
}

impl Drop for UnsentData {
    fn drop(&mut self) {
        self.connection.leave_unsent(self.set);
    }
}
