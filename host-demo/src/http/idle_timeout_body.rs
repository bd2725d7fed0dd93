//! A body whose sender may not fall silent.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::body::BoxError;

/// How long the next piece of a body may take.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The sender of a body said nothing for too long.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("nothing of the request body came for {} seconds", SILENCE_MAX.as_secs())]
pub(crate) struct BodyIdle;

/// The same body, which fails with [`BodyIdle`] when nothing of it comes for a minute: a
/// connection and its place are not held by somebody who sends nothing.
#[derive(Debug)]
pub(crate) struct IdleTimeoutBody<B> {
    body: B,
    silence_max: Duration,
    silence: Pin<Box<Sleep>>,
}

impl<B> IdleTimeoutBody<B> {
    pub(crate) fn new(body: B) -> Self {
        Self::with_silence_max(body, SILENCE_MAX)
    }

    fn with_silence_max(body: B, silence_max: Duration) -> Self {
        Self {
            body,
            silence_max,
            silence: Box::pin(sleep(silence_max)),
        }
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
            let deadline = Instant::now() + self.silence_max;
            self.silence.as_mut().reset(deadline);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(self.silence.as_mut().poll(context));
        Poll::Ready(Some(Err(BodyIdle.into())))
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
