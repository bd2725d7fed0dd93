use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use tokio::sync::{
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    oneshot,
};

/// One piece of a body that a test sends.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    End,
}

/// A body that a test sends piece by piece. A sender that is dropped before [`Piece::End`] breaks it off.
#[derive(Debug)]
pub(crate) struct ChannelBody {
    pieces: UnboundedReceiver<Piece>,
    is_ended: bool,
    watch: Option<Watch>,
}

impl ChannelBody {
    pub(crate) fn new() -> (UnboundedSender<Piece>, Self) {
        let (sender, pieces) = mpsc::unbounded_channel();
        let body = Self {
            pieces,
            is_ended: false,
            watch: None,
        };
        (sender, body)
    }

    /// The same body, which tells the watch when it was sent to its end.
    pub(crate) fn watched(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    fn ended(&mut self) {
        self.is_ended = true;
        if let Some(watch) = &mut self.watch {
            watch.is_complete = true;
        }
    }
}

impl Body for ChannelBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.pieces.poll_recv(context)) {
            Some(Piece::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Piece::Trailers(trailers)) => {
                self.ended();
                Some(Ok(Frame::trailers(trailers)))
            }
            Some(Piece::End) => {
                self.ended();
                None
            }
            None => {
                self.is_ended = true;
                Some(Err(io::Error::other("the test broke it off")))
            }
        })
    }
}

/// Notices that an exchange is dropped before it is complete.
#[derive(Debug)]
pub(crate) struct Watch {
    is_cancelled: Arc<AtomicBool>,
    is_complete: bool,
    _held: Option<oneshot::Sender<()>>,
}

impl Watch {
    pub(crate) const fn new(is_cancelled: Arc<AtomicBool>) -> Self {
        Self {
            is_cancelled,
            is_complete: false,
            _held: None,
        }
    }

    /// The same watch, which drops `held` at its end.
    pub(crate) fn keep(mut self, held: oneshot::Sender<()>) -> Self {
        self._held = Some(held);
        self
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.is_complete {
            self.is_cancelled.store(true, Ordering::Release);
        }
    }
}
