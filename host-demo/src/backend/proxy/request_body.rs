//! The body of a forwarded request: a stream within a limit, and when its last piece was taken.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{Either, Limited};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use super::request_trailers::RequestTrailers;
use crate::http::{body::BoxError, request_body::RequestBody};

/// When the upstream last took a piece of a request body, where the end of the body counts as one,
/// and how much it took.
#[derive(Clone, Debug)]
pub(super) struct Progress(Rc<TakenBody>);

#[derive(Debug)]
struct TakenBody {
    last: Cell<Instant>,
    bytes: Cell<u64>,
}

/// The same body, of at most so many bytes.
#[derive(Debug)]
pub(crate) struct ForwardedRequestBody {
    /// None is empty.
    body: Option<Either<Limited<RequestBody>, RequestBody>>,
    trailers: Rc<RequestTrailers>,
    progress: Progress,
}

impl ForwardedRequestBody {
    /// `bytes_max` is none for a body of any length.
    pub(super) fn new(
        body: Option<RequestBody>,
        bytes_max: Option<usize>,
        trailers: Rc<RequestTrailers>,
        now: Instant,
    ) -> Self {
        Self {
            body: body.map(|body| match bytes_max {
                Some(bytes_max) => Either::Left(Limited::new(body, bytes_max)),
                None => Either::Right(body),
            }),
            trailers,
            progress: Progress::new(now),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl Body for ForwardedRequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        let data = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref());
        self.progress.add(data.map_or(0, Bytes::len));
        let Some(Ok(frame)) = frame else {
            return Poll::Ready(frame);
        };
        Poll::Ready(match frame.into_trailers() {
            Ok(trailers) => self
                .trailers
                .forwarded(trailers)
                .map(Frame::trailers)
                .map(Ok),
            Err(frame) => Some(Ok(frame)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let body = self.body.as_ref();
        body.map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self(Rc::new(TakenBody {
            last: Cell::new(now),
            bytes: Cell::new(0),
        }))
    }

    /// How many bytes of the body were taken.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.get()
    }

    fn add(&self, bytes: usize) {
        self.0.last.set(Instant::now());
        self.0.bytes.set(self.0.bytes.get() + bytes as u64);
    }

    /// The time is counted from now on.
    pub(super) fn restart(&self) {
        self.0.last.set(Instant::now());
    }

    /// Waits for a result until nothing has progressed for `timeout`; `None` then.
    pub(super) async fn wait_for<T>(
        &self,
        timeout: Duration,
        result: impl Future<Output = T>,
    ) -> Option<T> {
        let mut result = std::pin::pin!(result);
        loop {
            let end = self.0.last.get() + timeout;
            tokio::select! {
                biased;
                result = result.as_mut() => return Some(result),
                () = sleep_until(end) => {}
            }
            if self.0.last.get() + timeout <= Instant::now() {
                return None;
            }
        }
    }
}
