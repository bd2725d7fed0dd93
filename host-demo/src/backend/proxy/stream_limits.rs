//! How long the body of an upstream's response may take.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    stream_cut::{CLIENT_STALL_MAX, StreamCut},
    stream_sweep::Expires,
};
use crate::http::body::BoxError;

/// How often a stream's key is checked again.
pub(super) const RECHECK_INTERVAL: Duration = Duration::from_millis(500);

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
    /// When the client last took a frame.
    taken_at: Instant,
    recheck_at: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    is_cut: bool,
    _held: H,
}

impl<B, H> LimitedStream<B, H> {
    /// `held` is dropped with the body.
    pub(super) fn new(body: B, limits: StreamLimits, held: H) -> Self {
        let now = Instant::now();
        Self {
            body,
            limits,
            idle_at: None,
            taken_at: now,
            recheck_at: now + RECHECK_INTERVAL,
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

impl<B, H> Expires for LimitedStream<B, H> {
    /// While a frame is waited for, the client is ready to take it.
    fn expired(&mut self, now: Instant) -> Option<StreamCut> {
        let stalled_at = self.taken_at + CLIENT_STALL_MAX;
        let is_stalled = self.idle_at.is_none() && now >= stalled_at;
        self.reached(now)
            .or_else(|| is_stalled.then_some(StreamCut::Stalled))
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
                this.taken_at = now;
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
