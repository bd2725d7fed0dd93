//! The body of a request that is being sent.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::http::body::BoxError;

/// The same body, whose sending can be watched and ended from outside of the connection.
#[derive(Debug)]
pub(super) struct SentBody<B> {
    /// None once it has ended.
    body: Option<B>,
    /// Whether all data of a body of known length was taken.
    has_no_data_left: bool,
    progress: Rc<SendProgress>,
}

/// How far the sending of a request body is.
#[derive(Debug, Default)]
struct SendProgress {
    state: Cell<SendState>,
    /// Why the client's body failed, until it is told.
    error: RefCell<Option<BoxError>>,
    /// Who waits for the next frame.
    waker: RefCell<Option<Waker>>,
}

/// Ends the sending when it is dropped, unless it has ended.
#[derive(Debug)]
pub(super) struct SendGuard(Rc<SendProgress>);

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum SendState {
    #[default]
    Sending,
    /// The connection has all of it.
    Complete,
    Failed,
    /// Nobody needs the rest.
    Cancelled,
}

/// Why a body ends before it is complete, as the connection is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum SendingEnded {
    #[error("the client's body broke off")]
    Failed,
    #[error("the request was cancelled")]
    Cancelled,
}

impl<B: Body> SentBody<B> {
    pub(super) fn new(body: B) -> (Self, SendGuard) {
        let progress = Rc::new(SendProgress::default());
        if body.is_end_stream() {
            progress.state.set(SendState::Complete);
        }
        let guard = SendGuard(Rc::clone(&progress));
        let body = Self {
            body: Some(body),
            has_no_data_left: false,
            progress,
        };
        (body, guard)
    }

    /// The client's body is dropped as soon as nothing more of it is needed.
    fn end(&mut self, state: SendState) {
        self.body = None;
        self.progress.state.set(state);
    }
}

impl<B> SentBody<B> {
    /// The body, of which nothing was taken. None if it has ended since.
    pub(super) fn into_unsent(mut self) -> Option<B> {
        self.body.take()
    }
}

impl<B> Drop for SentBody<B> {
    /// HTTP/1.1 does not ask a body of known length for its end.
    fn drop(&mut self) {
        if self.has_no_data_left && self.progress.state.get() == SendState::Sending {
            self.progress.state.set(SendState::Complete);
        }
    }
}

impl SendProgress {
    /// Lets the end of the sending wake the connection.
    fn wait(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        match waker.as_mut() {
            Some(waker) => waker.clone_from(context.waker()),
            None => *waker = Some(context.waker().clone()),
        }
    }
}

impl SendGuard {
    /// Whether the connection has the whole body.
    pub(super) fn is_complete(&self) -> bool {
        self.0.state.get() == SendState::Complete
    }

    /// Why the client's body failed, if it did.
    pub(super) fn take_error(&self) -> Option<BoxError> {
        self.0.error.take()
    }
}

impl Drop for SendGuard {
    /// The connection gets an error instead of the rest of the body.
    fn drop(&mut self) {
        if self.0.state.get() == SendState::Sending {
            self.0.state.set(SendState::Cancelled);
            if let Some(waker) = self.0.waker.take() {
                waker.wake();
            }
        }
    }
}

impl<B> Body for SentBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = SendingEnded;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendingEnded>>> {
        if self.progress.state.get() == SendState::Cancelled {
            self.body = None;
            return Poll::Ready(Some(Err(SendingEnded::Cancelled)));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut *body).poll_frame(context);
        let has_ended = body.is_end_stream();
        let has_no_data_left = body.size_hint().exact() == Some(0);
        if polled.is_pending() {
            self.progress.wait(context);
        }
        match ready!(polled) {
            Some(Ok(frame)) => {
                self.has_no_data_left = has_no_data_left;
                if has_ended || frame.is_trailers() {
                    self.end(SendState::Complete);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                self.progress.error.replace(Some(error.into()));
                self.end(SendState::Failed);
                Poll::Ready(Some(Err(SendingEnded::Failed)))
            }
            None => {
                self.end(SendState::Complete);
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.progress.state.get() == SendState::Complete
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
