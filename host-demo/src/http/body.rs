//! The body of a response: bytes in memory, or a stream that may fail and may have trailers.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};

/// Why a body ended before it was complete.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a response.
///
/// A stream that fails cuts the response off: over HTTP/1.1 the connection closes before the last
/// chunk, over HTTP/2 the stream is reset, so that no client takes it for complete. (To a client of
/// HTTP/1.0 a closed connection always means a complete body.)
pub(crate) struct ResponseBody(Content);

enum Content {
    /// Empty once it was sent.
    Full(Bytes),
    /// Need not be `Send`: a connection stays on one thread.
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = BoxError>>>),
}

impl ResponseBody {
    /// A body whose frames are sent as they arrive; it is polled for the next one when the
    /// connection has room for it.
    pub(crate) fn stream<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + 'static,
    {
        Self(Content::Stream(Box::pin(body.map_err(Into::into))))
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self(Content::Full(Bytes::new()))
    }
}

impl<T: Into<Bytes>> From<T> for ResponseBody {
    fn from(bytes: T) -> Self {
        Self(Content::Full(bytes.into()))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Content::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
            Content::Stream(body) => body.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Full(bytes) => bytes.is_empty(),
            Content::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Full(bytes) => write!(formatter, "ResponseBody({} bytes)", bytes.len()),
            Content::Stream(_) => formatter.write_str("ResponseBody(stream)"),
        }
    }
}

#[cfg(test)]
mod tests;
