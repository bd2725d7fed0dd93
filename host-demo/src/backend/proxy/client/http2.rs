//! HTTP/2 connections to one upstream: those of one thread, each with many requests.

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

use bytes::Bytes;
use http::{
    Request, Response, Uri, Version, header,
    uri::{Authority, PathAndQuery},
};
use hyper::{
    body::{Body, Incoming},
    client::conn::{TrySendError, http2},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    task::spawn_local,
    time::{Instant, timeout_at},
};

use super::{
    context::ClientContext,
    destination::Destination,
    driver::Driver,
    endpoint::Endpoint,
    error::{ConnectError, SendError},
    queue::{Queue, Waited},
    reaper::{self, Reaped},
    sent_body::SentBody,
};
use crate::{
    http::{body::BoxError, local_executor::LocalExecutor},
    telemetry::metrics::CountedConnection,
};

/// Requests at once on one connection, if the upstream allows as many.
const STREAMS_MAX: usize = 64;
/// How much of one response the upstream may send before it is read.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// The same for all responses of a connection: as much as they can hold together, so that one whose
/// client is slow holds up no other.
const CONNECTION_WINDOW_BYTES: u32 = STREAM_WINDOW_BYTES * 64;
/// How much of one request is buffered.
const SEND_BUFFER_BYTES_MAX: usize = 256 * 1024;

/// The connections of one thread to one upstream.
#[derive(Debug)]
pub(super) struct Http2Pool<B> {
    context: Rc<ClientContext>,
    destination: Arc<Destination>,
    connections: RefCell<Vec<Rc<Http2Connection<B>>>>,
    queue: Queue,
    /// Whether a request opens a connection, which others can then use too.
    is_connecting: Cell<bool>,
    connected: Notify,
    is_reaped: Cell<bool>,
}

/// A connection. It takes no further requests once it has left the pool, and is closed when its
/// last request has ended.
struct Http2Connection<B> {
    sender: http2::SendRequest<SentBody<B>>,
    /// How many requests the upstream allows at once.
    streams_max: Box<dyn Fn() -> usize>,
    streams: Cell<usize>,
    /// When the last request ended.
    idle_since: Cell<Instant>,
    idle: RefCell<Option<CountedConnection>>,
    _driver: Driver,
}

/// The place of one request on a connection.
#[derive(Debug)]
pub(super) struct Http2Stream<B: 'static> {
    connection: Rc<Http2Connection<B>>,
    pool: Rc<Http2Pool<B>>,
}

/// This request opens a connection; dropped when it does no longer.
#[derive(Debug)]
struct Connecting<'p, B>(&'p Http2Pool<B>);

impl<B: 'static> Http2Pool<B> {
    pub(super) fn new(context: Rc<ClientContext>, destination: Arc<Destination>) -> Rc<Self> {
        Rc::new(Self {
            context,
            destination,
            connections: RefCell::default(),
            queue: Queue::default(),
            is_connecting: Cell::new(false),
            connected: Notify::new(),
            is_reaped: Cell::new(false),
        })
    }

    /// A place on an open connection that has one.
    fn free_stream(self: &Rc<Self>) -> Option<Http2Stream<B>> {
        let connections = self.connections.borrow();
        let connection = connections.iter().find(|connection| connection.is_free())?;
        let connection = Rc::clone(connection);
        connection.streams.set(connection.streams.get() + 1);
        connection.idle.take();
        let pool = Rc::clone(self);
        Some(Http2Stream { connection, pool })
    }

    fn remove_closed(&self) {
        self.remove_all(|connection| connection.sender.is_closed());
    }

    fn remove_all(&self, is_removed: impl Fn(&Http2Connection<B>) -> bool) {
        let mut connections = self.connections.borrow_mut();
        let removed: Vec<_> = connections
            .extract_if(.., |connection| is_removed(connection))
            .collect();
        drop(connections);
        drop(removed);
    }
}

impl<B> Http2Pool<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// A place for one request, and whether one was sent on its connection before.
    ///
    /// # Errors
    /// None is free, or no connection can be opened.
    pub(super) async fn stream(self: &Rc<Self>) -> Result<(Http2Stream<B>, bool), SendError> {
        let limit = self.context.settings.connect_timeout;
        let deadline = Instant::now() + limit;
        loop {
            self.remove_closed();
            if let Some(stream) = self.free_stream() {
                return Ok((stream, true));
            }
            if !self.is_connecting.get() {
                break;
            }
            timeout_at(deadline, self.connected.notified())
                .await
                .map_err(|_| SendError::ConnectTimeout {
                    endpoint: self.destination.endpoint().to_string(),
                    limit,
                })?;
        }
        if let Some(slot) = self.destination.try_slot() {
            return Ok((self.open(slot).await?, false));
        }
        let limit = self.context.settings.queue_timeout;
        let waited = self
            .queue
            .wait(&self.destination, limit, || self.free_stream());
        match waited.await.map_err(SendError::NoConnection)? {
            Waited::Connection(stream) => Ok((stream, true)),
            Waited::Slot(slot) => Ok((self.open(slot).await?, false)),
        }
    }

    /// Opens a connection on a slot.
    async fn open(
        self: &Rc<Self>,
        slot: OwnedSemaphorePermit,
    ) -> Result<Http2Stream<B>, SendError> {
        let _connecting = Connecting::new(self);
        let settings = &self.context.settings;
        let stream = self.context.connect(&self.destination, slot).await?;
        let header_bytes_max = u32::try_from(settings.response_head_bytes_max);
        let mut builder = http2::Builder::new(LocalExecutor);
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(settings.ping_interval)
            .keep_alive_timeout(settings.ping_timeout)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_header_list_size(header_bytes_max.unwrap_or(u32::MAX))
            .max_send_buf_size(SEND_BUFFER_BYTES_MAX);
        let handshake = builder.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| SendError::Connect {
            endpoint: self.destination.endpoint().to_string(),
            source: ConnectError::Handshake(error),
        })?;
        // Its task and the pool use it in turn, on one thread.
        let connection = Rc::new(RefCell::new(connection));
        let shown = Rc::downgrade(&connection);
        let streams_max = move || {
            let connection = shown.upgrade();
            connection.map_or(0, |connection| {
                let connection = connection.try_borrow();
                connection.map_or(0, |connection| connection.current_max_send_streams())
            })
        };
        let pool = Rc::downgrade(self);
        let driver = Driver::spawn(
            poll_fn(move |context| Pin::new(&mut *connection.borrow_mut()).poll(context)),
            move || {
                if let Some(pool) = pool.upgrade() {
                    pool.remove_closed();
                }
            },
        );
        let connection = Rc::new(Http2Connection {
            sender,
            streams_max: Box::new(streams_max),
            streams: Cell::new(1),
            idle_since: Cell::new(Instant::now()),
            idle: RefCell::default(),
            _driver: driver,
        });
        self.connections.borrow_mut().push(Rc::clone(&connection));
        self.queue.notify_all();
        let pool = Rc::clone(self);
        Ok(Http2Stream { connection, pool })
    }
}

impl<B: 'static> Http2Stream<B> {
    /// Sends the request. An error has it back if nothing of it was sent.
    ///
    /// # Errors
    /// The connection ended, or the upstream reset the request.
    pub(super) async fn send(
        &self,
        request: Request<SentBody<B>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<SentBody<B>>>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<BoxError>,
    {
        let mut sender = self.connection.sender.clone();
        sender.try_send_request(request).await
    }

    /// Sends no further request on the connection.
    pub(super) fn discard(self) {
        let discarded = Rc::clone(&self.connection);
        self.pool
            .remove_all(|connection| std::ptr::eq(connection, &*discarded));
    }
}

impl<B: 'static> Drop for Http2Stream<B> {
    fn drop(&mut self) {
        let Self { connection, pool } = self;
        let left = connection.streams.get().saturating_sub(1);
        connection.streams.set(left);
        if left == 0 {
            connection.idle_since.set(Instant::now());
            let idle = CountedConnection::idle(&pool.context.counters);
            connection.idle.replace(Some(idle));
            if pool.queue.waiting_elsewhere(&pool.destination) > 0 {
                // Its slot is for a request that waits on another thread.
                pool.remove_all(|one| std::ptr::eq(one, &**connection));
            } else if !pool.is_reaped.replace(true) {
                spawn_local(reaper::run(Rc::downgrade(pool)));
            }
        }
        pool.queue.notify();
    }
}

impl<B: 'static> Reaped for Http2Pool<B> {
    fn destination(&self) -> &Arc<Destination> {
        &self.destination
    }

    fn close_expired(&self) -> Option<Instant> {
        let idle_timeout = self.context.settings.idle_timeout;
        let now = Instant::now();
        self.remove_all(|one| one.streams.get() == 0 && one.idle_since.get() + idle_timeout <= now);
        let connections = self.connections.borrow();
        let idle = connections.iter().filter(|one| one.streams.get() == 0);
        let next = idle.map(|one| one.idle_since.get() + idle_timeout).min();
        self.is_reaped.set(next.is_some());
        next
    }

    fn close_wanted(&self) {
        let left = Cell::new(self.queue.waiting_elsewhere(&self.destination));
        self.remove_all(|one| {
            let is_wanted = left.get() > 0 && one.streams.get() == 0;
            left.set(left.get() - usize::from(is_wanted));
            is_wanted
        });
    }
}

impl<B> Http2Connection<B> {
    fn is_free(&self) -> bool {
        let streams_max = STREAMS_MAX.min((self.streams_max)());
        !self.sender.is_closed() && self.streams.get() < streams_max
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

impl<'p, B> Connecting<'p, B> {
    fn new(pool: &'p Http2Pool<B>) -> Self {
        pool.is_connecting.set(true);
        Self(pool)
    }
}

impl<B> Drop for Connecting<'_, B> {
    fn drop(&mut self) {
        self.0.is_connecting.set(false);
        self.0.connected.notify_waiters();
    }
}

/// Makes a request that HTTP/2 transports: with scheme and authority in place of `Host`.
pub(super) fn prepare<B>(request: &mut Request<B>, endpoint: &Endpoint) {
    *request.version_mut() = Version::HTTP_2;
    let host = request.headers_mut().remove(header::HOST);
    let authority = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(endpoint.scheme());
    parts.authority = Some(authority.unwrap_or_else(|| endpoint.authority()));
    parts
        .path_and_query
        .get_or_insert_with(|| PathAndQuery::from_static("/"));
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}
