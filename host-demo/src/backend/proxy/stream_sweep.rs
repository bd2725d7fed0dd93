//! Looks at the limits of streams whose clients take nothing.
//!
//! A connection asks a body for its next frame only when the client has room for it (over HTTP/2 its
//! window may be 0 for good), so a body alone cannot end such a stream, and would hold its connection
//! to the upstream.

use std::{
    cell::{Cell, RefCell},
    fmt, mem,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    task::spawn_local,
    time::{Instant, sleep},
};

use super::stream_cut::StreamCut;
use crate::http::body::BoxError;

const INTERVAL: Duration = Duration::from_secs(1);

/// A body with limits that do not depend on its being polled.
pub(super) trait Expires {
    /// Why it is over, if it is.
    fn expired(&mut self, now: Instant) -> Option<StreamCut>;
}

/// The streams of one serving thread.
#[derive(Default)]
pub(super) struct StreamSweep {
    streams: RefCell<Vec<Weak<dyn Sweepable>>>,
    /// Whether its task runs, which ends with the last stream.
    is_running: Cell<bool>,
}

/// The same body; once it is expired, the body is dropped even if nobody polls it.
pub(super) struct SweptBody<B>(Rc<SweptCell<B>>);

struct SweptCell<B> {
    /// None once it is over.
    body: RefCell<Option<B>>,
    /// Why it was taken away, until it is told.
    cut: RefCell<Option<BoxError>>,
    /// Who waits for the next frame. The timers that would wake it go with the body.
    waiting: RefCell<Option<Waker>>,
}

trait Sweepable {
    fn sweep(&self, now: Instant);
}

impl StreamSweep {
    /// Must be called where tasks can be spawned on the current thread.
    pub(super) fn watch<B>(self: &Rc<Self>, body: B) -> SweptBody<B>
    where
        B: Body + Expires + 'static,
    {
        let is_over = body.is_end_stream();
        let cell = Rc::new(SweptCell {
            body: RefCell::new(Some(body)),
            cut: RefCell::new(None),
            waiting: RefCell::new(None),
        });
        if !is_over {
            let watched: Rc<dyn Sweepable> = Rc::<SweptCell<B>>::clone(&cell);
            self.streams.borrow_mut().push(Rc::downgrade(&watched));
            if !self.is_running.replace(true) {
                let sweep = Rc::clone(self);
                spawn_local(async move { sweep.run().await });
            }
        }
        SweptBody(cell)
    }

    async fn run(&self) {
        loop {
            sleep(INTERVAL).await;
            let mut streams = mem::take(&mut *self.streams.borrow_mut());
            let now = Instant::now();
            streams.retain(|stream| {
                let stream = stream.upgrade();
                stream.inspect(|stream| stream.sweep(now)).is_some()
            });
            let mut all = self.streams.borrow_mut();
            all.append(&mut streams);
            if all.is_empty() {
                self.is_running.set(false);
                return;
            }
        }
    }
}

impl<B: Expires> Sweepable for SweptCell<B> {
    fn sweep(&self, now: Instant) {
        let mut body = self.body.borrow_mut();
        let Some(cut) = body.as_mut().and_then(|body| body.expired(now)) else {
            return;
        };
        self.cut.replace(Some(cut.into()));
        let taken = body.take();
        // What it holds may be dropped only once nothing is borrowed.
        drop(body);
        drop(taken);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

impl<B> SweptCell<B> {
    fn wait(&self, context: &Context<'_>) {
        let mut waiting = self.waiting.borrow_mut();
        match waiting.as_mut() {
            Some(waiting) => waiting.clone_from(context.waker()),
            None => *waiting = Some(context.waker().clone()),
        }
    }
}

impl<B> Body for SweptBody<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(cut) = self.0.cut.take() {
            return Poll::Ready(Some(Err(cut)));
        }
        let mut body = self.0.body.borrow_mut();
        let Some(body) = body.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if polled.is_pending() {
            self.0.wait(context);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let body = self.0.body.borrow();
        let is_over = body.as_ref().is_none_or(Body::is_end_stream);
        is_over && self.0.cut.borrow().is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.0.body.borrow();
        body.as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl fmt::Debug for StreamSweep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "StreamSweep({} streams)",
            self.streams.borrow().len()
        )
    }
}

#[cfg(test)]
mod tests;
