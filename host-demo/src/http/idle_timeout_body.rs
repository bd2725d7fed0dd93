//! A body that fails when its sender stays idle for too long.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::body::BoxError;

/// The sender of a request body was idle for too long.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("request body idle for {} s", idle_max.as_secs())]
pub(crate) struct BodyIdle {
    /// The limit.
    pub(crate) idle_max: Duration,
}

/// The same body, which fails with [`BodyIdle`] when a frame takes longer than a limit, so that a
/// client that sends nothing does not hold its connection indefinitely.
#[derive(Debug)]
pub(crate) struct IdleTimeoutBody<B> {
    body: B,
    idle_max: Duration,
    /// None until a frame has to be waited for.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the timer runs for the current frame.
    is_waiting: bool,
}

impl<B> IdleTimeoutBody<B> {
    /// `idle_max` is how long to wait for each frame.
    pub(crate) const fn new(body: B, idle_max: Duration) -> Self {
        Self {
            body,
            idle_max,
            timer: None,
            is_waiting: false,
        }
    }

    /// The timer of the wait for one frame.
    fn timer(&mut self) -> Pin<&mut Sleep> {
        let idle_max = self.idle_max;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(idle_max)));
        if !self.is_waiting {
            self.is_waiting = true;
            timer.as_mut().reset(Instant::now() + idle_max);
        }
        timer.as_mut()
    }
}

impl<B> Body for IdleTimeoutBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.is_waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(self.timer().poll(context));
        let idle_max = self.idle_max;
        Poll::Ready(Some(Err(BodyIdle { idle_max }.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
