//! The body of an upstream's response.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::{
    http1::{Http1Connection, Http1Pool},
    http2::Http2Stream,
    sent_body::SendGuard,
};
use crate::http::body::BoxError;

/// The body of a response. Dropping it before its end cancels the request: over HTTP/1.1 the
/// connection is closed, over HTTP/2 the stream is reset.
#[derive(Debug)]
pub(crate) struct UpstreamBody<B: 'static> {
    incoming: Incoming,
    /// None once the response has ended.
    exchange: Option<OpenExchange<B>>,
}

/// What a response holds until it ends; dropping it cancels the request.
#[derive(Debug)]
pub(super) struct OpenExchange<B: 'static> {
    pub(super) transport: Transport<B>,
    pub(super) sent: SendGuard,
}

/// The connection of a request.
#[derive(Debug)]
pub(super) enum Transport<B: 'static> {
    Http1 {
        connection: Http1Connection<B>,
        pool: Rc<Http1Pool<B>>,
        /// Whether the response lets another request follow.
        is_reusable: bool,
    },
    Http2 {
        _stream: Http2Stream<B>,
    },
}

/// The upstream sent less than it announced.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the upstream ended its response {missing} bytes early")]
pub(crate) struct BodyCutShort {
    missing: u64,
}

impl<B: 'static> UpstreamBody<B> {
    /// `exchange` ends with the body, which may be now.
    pub(super) fn new(incoming: Incoming, exchange: OpenExchange<B>) -> Self {
        let mut body = Self {
            incoming,
            exchange: Some(exchange),
        };
        if body.incoming.is_end_stream() {
            body.finish();
        }
        body
    }

    /// The body of a response whose stream an upgrade takes over.
    pub(super) const fn of_upgrade(incoming: Incoming) -> Self {
        Self {
            incoming,
            exchange: None,
        }
    }

    /// The response is complete. The connection is used again only if the request is complete too;
    /// nobody needs the rest of it.
    fn finish(&mut self) {
        let Some(OpenExchange { transport, sent }) = self.exchange.take() else {
            return;
        };
        if let Transport::Http1 {
            connection,
            pool,
            is_reusable: true,
        } = transport
            && sent.is_complete()
        {
            pool.give_back(connection);
        }
    }

    /// What is missing at the end of an HTTP/2 stream. A reset without an error is an end to the
    /// HTTP library, whatever the response announced.
    fn cut_short(&self) -> Option<BodyCutShort> {
        let is_http2 = matches!(self.exchange.as_ref()?.transport, Transport::Http2 { .. });
        let missing = self.incoming.size_hint().exact()?;
        (is_http2 && missing > 0 && !self.incoming.is_end_stream())
            .then_some(BodyCutShort { missing })
    }
}

impl<B: 'static> Body for UpstreamBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.exchange.is_none() {
            return Poll::Ready(None);
        }
        match ready!(Pin::new(&mut self.incoming).poll_frame(context)) {
            Some(Ok(frame)) => {
                if frame.is_trailers() || self.incoming.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                self.exchange = None;
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                let cut_short = self.cut_short();
                if cut_short.is_some() {
                    self.exchange = None;
                } else {
                    self.finish();
                }
                Poll::Ready(cut_short.map(|error| Err(error.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.exchange.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
