//! HTTP/1.1 connections to one upstream: those of one thread, each with one request at a time.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    client::conn::{TrySendError, http1},
};
use hyper_util::rt::TokioIo;
use tokio::{
    sync::OwnedSemaphorePermit,
    task::spawn_local,
    time::{Instant, timeout},
};

use super::{
    context::ClientContext,
    destination::Destination,
    driver::Driver,
    error::{ConnectError, SendError},
    queue::{Queue, Waited},
    reaper::{self, Reaped},
    sent_body::SentBody,
};
use crate::{http::body::BoxError, telemetry::metrics::CountedConnection};

/// The smallest buffer that hyper accepts.
const BUFFER_BYTES_MIN: usize = 8192;

/// The connections of one thread to one upstream.
#[derive(Debug)]
pub(super) struct Http1Pool<B> {
    context: Rc<ClientContext>,
    destination: Arc<Destination>,
    /// The one that was used last is the last one.
    idle: RefCell<VecDeque<IdleConnection<B>>>,
    queue: Queue,
    next_id: Cell<u64>,
    is_reaped: Cell<bool>,
}

/// A connection that a request uses, or that waits for one. It is closed when this is dropped.
#[derive(Debug)]
pub(super) struct Http1Connection<B> {
    id: u64,
    sender: http1::SendRequest<SentBody<B>>,
    driver: Driver,
}

#[derive(Debug)]
struct IdleConnection<B> {
    connection: Http1Connection<B>,
    since: Instant,
    _counted: CountedConnection,
}

impl<B: 'static> Http1Pool<B> {
    pub(super) fn new(context: Rc<ClientContext>, destination: Arc<Destination>) -> Rc<Self> {
        Rc::new(Self {
            context,
            destination,
            idle: RefCell::default(),
            queue: Queue::default(),
            next_id: Cell::new(0),
            is_reaped: Cell::new(false),
        })
    }

    /// Keeps a connection whose response has ended for the next request.
    pub(super) fn give_back(self: &Rc<Self>, mut connection: Http1Connection<B>) {
        if connection.sender.is_ready() {
            self.keep(connection);
        } else if !connection.sender.is_closed() {
            // Its task still has to write the end of the request, or to notice the end of the response.
            let pool = Rc::clone(self);
            spawn_local(async move {
                let limit = pool.context.settings.idle_timeout;
                if let Ok(Ok(())) = timeout(limit, connection.sender.ready()).await {
                    pool.keep(connection);
                }
            });
        }
    }

    fn keep(self: &Rc<Self>, connection: Http1Connection<B>) {
        if self.queue.waiting_elsewhere(&self.destination) > 0 {
            // Dropped: its slot is for a request that waits on another thread.
            return;
        }
        self.idle.borrow_mut().push_back(IdleConnection {
            connection,
            since: Instant::now(),
            _counted: CountedConnection::idle(&self.context.counters),
        });
        self.queue.notify();
        if !self.is_reaped.replace(true) {
            spawn_local(reaper::run(Rc::downgrade(self)));
        }
    }

    /// The connection that was used last, of those that are open.
    fn take_idle(&self) -> Option<Http1Connection<B>> {
        loop {
            let newest = self.idle.borrow_mut().pop_back()?;
            if !newest.connection.sender.is_closed() {
                return Some(newest.connection);
            }
        }
    }

    /// Removes a connection that its upstream closed.
    fn remove_idle(&self, id: u64) {
        let removed = {
            let mut idle = self.idle.borrow_mut();
            let position = idle.iter().position(|idle| idle.connection.id == id);
            position.and_then(|position| idle.remove(position))
        };
        drop(removed);
    }
}

impl<B> Http1Pool<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// A connection for one request, and whether one was sent on it before.
    ///
    /// # Errors
    /// None is free, or none can be opened.
    pub(super) async fn connection(
        self: &Rc<Self>,
    ) -> Result<(Http1Connection<B>, bool), SendError> {
        if let Some(connection) = self.take_idle() {
            return Ok((connection, true));
        }
        if let Some(slot) = self.destination.try_slot() {
            return Ok((self.open(slot).await?, false));
        }
        let limit = self.context.settings.queue_timeout;
        let waited = self
            .queue
            .wait(&self.destination, limit, || self.take_idle());
        match waited.await.map_err(SendError::NoConnection)? {
            Waited::Connection(connection) => Ok((connection, true)),
            Waited::Slot(slot) => Ok((self.open(slot).await?, false)),
        }
    }

    /// A connection on which nothing was sent.
    ///
    /// # Errors
    /// There are too many, or none can be opened.
    pub(super) async fn fresh_connection(self: &Rc<Self>) -> Result<Http1Connection<B>, SendError> {
        let slot = match self.destination.try_slot() {
            Some(slot) => slot,
            None => {
                // An idle one gives its slot.
                let oldest = self.idle.borrow_mut().pop_front();
                drop(oldest);
                let limit = self.context.settings.queue_timeout;
                Queue::wait_for_slot(&self.destination, limit)
                    .await
                    .map_err(SendError::NoConnection)?
            }
        };
        self.open(slot).await
    }

    /// Opens a connection on a slot.
    async fn open(
        self: &Rc<Self>,
        slot: OwnedSemaphorePermit,
    ) -> Result<Http1Connection<B>, SendError> {
        let settings = &self.context.settings;
        let stream = self.context.connect(&self.destination, slot).await?;
        let mut builder = http1::Builder::new();
        builder
            .max_header_size(settings.response_head_bytes_max)
            .max_buf_size(settings.buffer_bytes_max.max(BUFFER_BYTES_MIN));
        let handshake = builder.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| SendError::Connect {
            endpoint: self.destination.endpoint().to_string(),
            source: ConnectError::Handshake(error),
        })?;
        let id = self.next_id.get();
        self.next_id.set(id.wrapping_add(1));
        let pool = Rc::downgrade(self);
        let driver = Driver::spawn(connection.with_upgrades(), move || {
            if let Some(pool) = pool.upgrade() {
                pool.remove_idle(id);
            }
        });
        Ok(Http1Connection { id, sender, driver })
    }
}

impl<B: 'static> Reaped for Http1Pool<B> {
    fn destination(&self) -> &Arc<Destination> {
        &self.destination
    }

    fn close_expired(&self) -> Option<Instant> {
        let idle_timeout = self.context.settings.idle_timeout;
        let now = Instant::now();
        loop {
            let mut idle = self.idle.borrow_mut();
            let Some(oldest) = idle.front() else {
                self.is_reaped.set(false);
                return None;
            };
            let expires = oldest.since + idle_timeout;
            if expires > now {
                return Some(expires);
            }
            let expired = idle.pop_front();
            drop(idle);
            drop(expired);
        }
    }

    fn close_wanted(&self) {
        for _ in 0..self.queue.waiting_elsewhere(&self.destination) {
            let oldest = self.idle.borrow_mut().pop_front();
            if oldest.is_none() {
                return;
            }
        }
    }
}

impl<B> Http1Connection<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// Sends a request. An error has it back if nothing of it was sent.
    ///
    /// # Errors
    /// The connection ended, or its response is no HTTP.
    pub(super) async fn send(
        &mut self,
        request: Request<SentBody<B>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<SentBody<B>>>> {
        self.sender.try_send_request(request).await
    }

    /// Lets the connection go on without the pool, because an upgrade takes its stream.
    pub(super) fn detach(self) {
        self.driver.detach();
    }
}
