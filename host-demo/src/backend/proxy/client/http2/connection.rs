//! One HTTP/2 connection.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    fmt,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    client::conn::{TrySendError, http2},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::oneshot,
    time::Instant,
};

use super::super::{driver::Driver, sent_body::SentBody, settings::ClientSettings};
use super::first_read::FirstRead;
use crate::{
    http::{body::BoxError, local_executor::LocalExecutor},
    telemetry::metrics::{CountedConnection, WorkerMetrics},
};

/// Requests at once on one connection, if the upstream allows as many.
const STREAMS_MAX: usize = 64;
/// Requests at once until the upstream's settings arrive. More might be refused.
const STREAMS_BEFORE_SETTINGS: usize = 1;
/// How much of one response the upstream may send before it is read.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// The same for all responses of a connection: as much as they can hold together, so that one whose
/// client is slow holds up no other.
const CONNECTION_WINDOW_BYTES: u32 = STREAM_WINDOW_BYTES * 64;
/// How much of one request is buffered.
const SEND_BUFFER_BYTES_MAX: usize = 256 * 1024;

/// A connection, which closes when this is dropped and its last request has ended.
pub(super) struct Http2Connection<B> {
    sender: http2::SendRequest<SentBody<B>>,
    /// How many requests the upstream allows at once.
    streams_max: Box<dyn Fn() -> usize>,
    /// The requests that it has.
    streams: Cell<usize>,
    /// When the last request ended.
    last_end: Cell<Instant>,
    idle: RefCell<Option<CountedConnection>>,
    _driver: Driver,
}

impl<B> Http2Connection<B> {
    /// Makes a connection of a stream. `ended` is called when it takes no further requests, and the
    /// receiver ends when the upstream's settings have arrived or will not: until then it takes one
    /// request.
    ///
    /// # Errors
    /// The stream ends or fails first.
    pub(super) async fn open<S>(
        stream: S,
        settings: &ClientSettings,
        ended: impl FnOnce() + 'static,
    ) -> hyper::Result<(Self, oneshot::Receiver<Infallible>)>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
        B: Body<Data = Bytes> + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let header_bytes_max = u32::try_from(settings.response_head_bytes_max);
        let mut builder = http2::Builder::new(LocalExecutor);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(settings.ping_interval)
            .keep_alive_timeout(settings.ping_timeout)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_header_list_size(header_bytes_max.unwrap_or(u32::MAX))
            .initial_max_send_streams(STREAMS_BEFORE_SETTINGS)
            .max_send_buf_size(SEND_BUFFER_BYTES_MAX);
        let (stream, first_read) = FirstRead::new(stream);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        // Its task and this use it in turn, on one thread.
        let connection = Rc::new(RefCell::new(connection));
        let shown = Rc::downgrade(&connection);
        let streams_max = move || {
            let connection = shown.upgrade();
            connection.map_or(0, |connection| {
                let connection = connection.try_borrow();
                connection.map_or(0, |connection| connection.current_max_send_streams())
            })
        };
        let run = poll_fn(move |context| Pin::new(&mut *connection.borrow_mut()).poll(context));
        let connection = Self {
            sender,
            streams_max: Box::new(streams_max),
            streams: Cell::new(0),
            last_end: Cell::new(Instant::now()),
            idle: RefCell::default(),
            _driver: Driver::spawn(run, ended),
        };
        Ok((connection, first_read))
    }

    /// Whether it takes one more request.
    pub(super) fn is_free(&self) -> bool {
        let streams_max = STREAMS_MAX.min((self.streams_max)());
        !self.is_closed() && self.streams.get() < streams_max
    }

    /// Whether it takes no further requests; those that it has may go on.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// A request begins.
    pub(super) fn begin(&self) {
        self.streams.set(self.streams.get() + 1);
        self.idle.take();
    }

    /// A request has ended.
    pub(super) fn end(&self, counters: &Arc<WorkerMetrics>) {
        self.streams.set(self.streams.get().saturating_sub(1));
        if self.streams.get() == 0 {
            self.last_end.set(Instant::now());
            self.idle.replace(Some(CountedConnection::idle(counters)));
        }
    }

    /// Since when it has no request. None if it has one.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        (self.streams.get() == 0).then_some(self.last_end.get())
    }

    /// Sends a request. An error has it back if nothing of it was sent.
    ///
    /// # Errors
    /// The connection ended, or the upstream reset the request.
    pub(super) async fn send(
        &self,
        request: Request<SentBody<B>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<SentBody<B>>>>
    where
        B: Body<Data = Bytes> + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        self.sender.clone().try_send_request(request).await
    }
}

impl<B> fmt::Debug for Http2Connection<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Http2Connection")
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}
