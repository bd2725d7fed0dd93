//! One upstream, and how many connections it may have.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{
    endpoint::{Endpoint, Protocol},
    error::QueueError,
};

/// One upstream, shared by all serving threads.
#[derive(Debug)]
pub(crate) struct Destination {
    endpoint: Endpoint,
    protocol: Protocol,
    /// One permit for each connection that may still be opened.
    slots: Arc<Semaphore>,
    queue_max: usize,
    /// Requests that wait for a connection.
    waiting: AtomicUsize,
    /// Tells the threads that their idle connections are needed elsewhere.
    wanted: Notify,
}

/// A request that waits for a connection; dropped when it no longer does.
#[derive(Debug)]
pub(super) struct QueuedRequest<'d>(&'d Destination);

impl Destination {
    /// `connections_max` limits the connections that are open at once, and `queue_max` the requests
    /// that wait for one, both over all threads. With [`Protocol::Http2`] each thread needs a
    /// connection.
    pub(crate) fn new(
        endpoint: Endpoint,
        protocol: Protocol,
        connections_max: usize,
        queue_max: usize,
    ) -> Self {
        let connections_max = connections_max.min(Semaphore::MAX_PERMITS);
        Self {
            endpoint,
            protocol,
            slots: Arc::new(Semaphore::new(connections_max)),
            queue_max,
            waiting: AtomicUsize::new(0),
            wanted: Notify::new(),
        }
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The slot of one more connection, if there may be one now.
    pub(super) fn try_slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// The slot of one more connection, once there may be one. Requests get it in their order.
    pub(super) async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Counts a request as waiting, and asks the other threads for a connection that is idle there.
    ///
    /// # Errors
    /// Too many wait already.
    pub(super) fn enqueue(&self) -> Result<QueuedRequest<'_>, QueueError> {
        let limit = self.queue_max;
        let one_more = |waiting| (waiting < limit).then_some(waiting + 1);
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more)
            .map_err(|_| QueueError::Full { limit })?;
        self.wanted.notify_waiters();
        Ok(QueuedRequest(self))
    }

    /// How many requests wait for a connection, on all threads.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Is notified when a request begins to wait.
    pub(super) const fn wanted(&self) -> &Notify {
        &self.wanted
    }
}

impl Drop for QueuedRequest<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
