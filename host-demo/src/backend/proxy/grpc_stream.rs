//! The body of a gRPC response: what cuts it off becomes its status.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::stream_cut::StreamCut;
use crate::http::{body::BoxError, grpc_status::GrpcStatus};

/// The same body; an error ends it with trailers that say what happened, because a client of gRPC
/// takes a call for successful only if its trailers say so.
#[derive(Debug)]
pub(super) struct GrpcStream<B> {
    body: B,
    has_ended: bool,
}

impl<B> GrpcStream<B> {
    pub(super) const fn new(body: B) -> Self {
        Self {
            body,
            has_ended: false,
        }
    }
}

fn status(error: &BoxError) -> (GrpcStatus, &'static str) {
    match error.downcast_ref::<StreamCut>() {
        Some(StreamCut::Deadline) => (
            GrpcStatus::DEADLINE_EXCEEDED,
            "The time limit of the call has passed.",
        ),
        Some(StreamCut::Revoked) => (
            GrpcStatus::UNAUTHENTICATED,
            "The key of the call is no longer valid.",
        ),
        Some(StreamCut::Idle | StreamCut::Stalled | StreamCut::Duration) => (
            GrpcStatus::UNAVAILABLE,
            "The call took longer than this server allows.",
        ),
        None => (
            GrpcStatus::UNAVAILABLE,
            "The upstream broke the response off.",
        ),
    }
}

impl<B> Body for GrpcStream<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(match frame {
            Some(Err(error)) => {
                self.has_ended = true;
                let (status, message) = status(&error);
                Some(Ok(Frame::trailers(status.trailers(message))))
            }
            frame => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
