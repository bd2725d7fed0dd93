//! The body of a request as its client sends it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::connection_state::ConnectionState;

/// The body, which fails when the client ends its sending in the middle of it.
#[derive(Debug)]
pub(crate) struct ClientBody {
    incoming: Incoming,
    connection: Arc<ConnectionState>,
}

impl ClientBody {
    pub(crate) const fn new(incoming: Incoming, connection: Arc<ConnectionState>) -> Self {
        Self {
            incoming,
            connection,
        }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(context);
        if frame.is_pending() && self.connection.input_end.has_come() {
            // The rest will not come, which HTTP tells the body once it sees the end.
            self.connection.release_input_end();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
