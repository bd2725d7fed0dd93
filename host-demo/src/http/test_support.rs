//! Bodies for tests.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

use super::body::BoxError;

/// What the next poll of a body gives.
pub(crate) type FrameResult = Result<Frame<Bytes>, BoxError>;

/// A body whose frames come through a channel; it ends when the sender is dropped.
#[derive(Debug)]
pub(crate) struct ChannelBody(mpsc::UnboundedReceiver<FrameResult>);

/// A body and what feeds it.
pub(crate) fn channel_body() -> (mpsc::UnboundedSender<FrameResult>, ChannelBody) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, ChannelBody(receiver))
}

/// A frame of data.
pub(crate) fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

impl Body for ChannelBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<FrameResult>> {
        self.0.poll_recv(context)
    }
}
