//! Bodies and connections for tests.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::{sync::mpsc, time::Instant};

use super::{
    body::BoxError,
    connection_limits::{ConnectionLimits, LimitValues},
    connection_state::ConnectionState,
};
use crate::telemetry::metrics::Metrics;

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

/// Limits that are seldom reached.
pub(crate) const LIMITS: LimitValues = LimitValues {
    header_timeout: Duration::from_secs(3600),
    idle_timeout: Duration::from_secs(3600),
    write_timeout: Duration::from_secs(3600),
    streams_max: 100,
    streams_before_key_max: 100,
    requests_before_key_max: 100,
};

/// A connection with these limits.
pub(crate) fn connection_with(values: LimitValues) -> Arc<ConnectionState> {
    let metrics = Arc::new(Metrics::new(Vec::new(), 0));
    let limits = ConnectionLimits::new(values, metrics);
    Arc::new(ConnectionState::new(Arc::new(limits), Instant::now()))
}

/// A connection whose limits are seldom reached.
pub(crate) fn connection() -> Arc<ConnectionState> {
    connection_with(LIMITS)
}
