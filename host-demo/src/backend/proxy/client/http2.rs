//! HTTP/2 connections to one upstream: those of one thread, each with many requests.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    client::conn::TrySendError,
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    task::spawn_local,
    time::{Instant, timeout, timeout_at},
};

use self::connection::Http2Connection;
use super::{
    context::ClientContext,
    destination::Destination,
    error::{ConnectError, SendError},
    queue::{Queue, Waited},
    reaper::{self, Reaped},
    sent_body::SentBody,
};
use crate::http::body::BoxError;

mod connection;
mod first_read;

/// A connection with requests is looked at no more often, however short the idle time is.
const BUSY_LOOK_INTERVAL: Duration = Duration::from_secs(1);

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

/// The place of one request on a connection.
#[derive(Debug)]
pub(super) struct Http2Stream<B: 'static> {
    connection: Rc<Http2Connection<B>>,
    pool: Rc<Http2Pool<B>>,
}

/// A connection is being opened; dropped when it is open, or is not going to be.
#[derive(Debug)]
struct Connecting<B>(Rc<Http2Pool<B>>);

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
        connection.begin();
        let pool = Rc::clone(self);
        Some(Http2Stream { connection, pool })
    }

    fn remove_closed(&self) {
        self.remove_all(Http2Connection::is_closed);
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
        let connecting = Connecting::new(self);
        let settings = &self.context.settings;
        let stream = self.context.connect(&self.destination, slot).await?;
        let pool = Rc::downgrade(self);
        let ended = move || {
            if let Some(pool) = pool.upgrade() {
                pool.remove_closed();
            }
        };
        let opened = Http2Connection::open(stream, settings, ended).await;
        let (connection, settings_read) = opened.map_err(|error| SendError::Connect {
            endpoint: self.destination.endpoint().to_string(),
            source: ConnectError::Handshake(error),
        })?;
        let connection = Rc::new(connection);
        connection.begin();
        self.connections.borrow_mut().push(Rc::clone(&connection));
        if !self.is_reaped.replace(true) {
            spawn_local(reaper::run(Rc::downgrade(self)));
        }
        let limit = self.context.settings.connect_timeout;
        spawn_local(async move {
            // Other requests wait: how many the connection takes is known only then.
            let _ = timeout(limit, settings_read).await;
            drop(connecting);
        });
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
        self.connection.send(request).await
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
        connection.end(&pool.context.counters);
        let waiting_elsewhere = pool.queue.waiting_elsewhere(&pool.destination);
        if waiting_elsewhere > 0 && connection.idle_since().is_some() {
            // Its slot is for a request that waits on another thread.
            pool.remove_all(|one| std::ptr::eq(one, &**connection));
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
        let expires = |one: &Http2Connection<B>| Some(one.idle_since()? + idle_timeout);
        self.remove_all(|one| expires(one).is_some_and(|expires| expires <= now));
        let connections = self.connections.borrow();
        // One that becomes idle from now on does not expire before this.
        let latest = now + idle_timeout.max(BUSY_LOOK_INTERVAL);
        let next = connections.iter().map(|one| expires(one).unwrap_or(latest));
        let next = next.min();
        self.is_reaped.set(next.is_some());
        next
    }

    fn close_wanted(&self) {
        let left = Cell::new(self.queue.waiting_elsewhere(&self.destination));
        self.remove_all(|one| {
            let is_closed = left.get() > 0 && one.idle_since().is_some();
            left.set(left.get() - usize::from(is_closed));
            is_closed
        });
    }
}

impl<B> Connecting<B> {
    fn new(pool: &Rc<Http2Pool<B>>) -> Self {
        pool.is_connecting.set(true);
        Self(Rc::clone(pool))
    }
}

impl<B> Drop for Connecting<B> {
    fn drop(&mut self) {
        self.0.is_connecting.set(false);
        self.0.connected.notify_waiters();
        self.0.queue.notify_all();
    }
}
