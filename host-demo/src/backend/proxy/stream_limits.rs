//! How long the body of an upstream's response may take.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::http::body::BoxError;

/// How often a stream's key is checked again.
pub(super) const RECHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Why a stream was cut off.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub(super) enum StreamCut {
    /// The upstream sent nothing for too long.
    #[error("the upstream sent nothing within upstream_read_timeout_sec")]
    Idle,
    /// It took too long as a whole.
    #[error("the response took longer than max_stream_duration_sec")]
    Duration,
    /// The client's own time limit has passed.
    #[error("the call took longer than its grpc-timeout")]
    Deadline,
    /// Its key is no longer valid.
    #[error("the key of the request is no longer valid")]
    Revoked,
}

/// The times that apply to one stream.
pub(super) struct StreamLimits {
    pub(super) read_timeout: Duration,
    /// The end of the whole stream, and what it means.
    pub(super) end: (Instant, StreamCut),
    /// Whether the key is still valid; none if streams outlive their keys.
    pub(super) recheck: Option<Box<dyn Fn() -> bool>>,
}

/// The same body, which fails with a [`StreamCut`] when a limit is reached.
pub(super) struct LimitedStream<B, H> {
    body: B,
    limits: StreamLimits,
    /// When the body fails unless a frame arrives; none while no frame is waited for.
    idle_at: Option<Instant>,
    recheck_at: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    is_cut: bool,
    _held: H,
}

impl<B, H> LimitedStream<B, H> {
    /// `held` is dropped with the body.
    pub(super) fn new(body: B, limits: StreamLimits, held: H) -> Self {
        Self {
            body,
            limits,
            idle_at: None,
            recheck_at: Instant::now() + RECHECK_INTERVAL,
            timer: None,
            is_cut: false,
            _held: held,
        }
    }

    /// Which limit is reached, if one is.
    fn reached(&mut self, now: Instant) -> Option<StreamCut> {
        let (end, cut) = self.limits.end;
        if now >= end {
            return Some(cut);
        }
        if let Some(recheck) = self
            .limits
            .recheck
            .as_ref()
            .filter(|_| now >= self.recheck_at)
        {
            if !recheck() {
                return Some(StreamCut::Revoked);
            }
            self.recheck_at = now + RECHECK_INTERVAL;
        }
        self.idle_at
            .is_some_and(|idle_at| now >= idle_at)
            .then_some(StreamCut::Idle)
    }

    /// When to look at the limits again.
    fn next_look(&self) -> Instant {
        let mut next = self.limits.end.0;
        if self.limits.recheck.is_some() {
            next = next.min(self.recheck_at);
        }
        self.idle_at.map_or(next, |idle_at| next.min(idle_at))
    }
}

impl<B, H> Body for LimitedStream<B, H>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
    H: Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if this.is_cut {
            return Poll::Ready(None);
        }
        loop {
            let now = Instant::now();
            if let Some(cut) = this.reached(now) {
                this.is_cut = true;
                return Poll::Ready(Some(Err(cut.into())));
            }
            if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
                this.idle_at = None;
                return Poll::Ready(frame);
            }
            let read_timeout = this.limits.read_timeout;
            this.idle_at.get_or_insert_with(|| now + read_timeout);
            let next = this.next_look();
            let timer = this
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(next)));
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
            ready!(timer.as_mut().poll(context));
        }
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
