//! How a request of this thread waits for a connection of a busy upstream.

use std::{cell::Cell, time::Duration};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::timeout,
};

use super::{destination::Destination, error::QueueError};

/// The requests of one thread that wait for a connection to one upstream.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Those that also take a connection of this thread.
    waiting: Cell<usize>,
    returned: Notify,
}

/// What ended the wait.
#[derive(Debug)]
pub(super) enum Waited<T> {
    /// One more connection may be opened.
    Slot(OwnedSemaphorePermit),
    /// This thread has a connection.
    Connection(T),
}

/// Counts a request of this thread for as long as it waits.
#[derive(Debug)]
struct Counted<'q>(&'q Cell<usize>);

impl Queue {
    /// Waits until one more connection may be opened, or `take` finds one of this thread.
    ///
    /// # Errors
    /// Too many requests wait, or this one waited for `limit`.
    pub(super) async fn wait<T>(
        &self,
        destination: &Destination,
        limit: Duration,
        take: impl Fn() -> Option<T>,
    ) -> Result<Waited<T>, QueueError> {
        let _waiting = destination.enqueue()?;
        let _counted = Counted::new(&self.waiting);
        let first = async {
            let slot = destination.slot();
            tokio::pin!(slot);
            loop {
                tokio::select! {
                    biased;
                    slot = &mut slot => return slot.map(Waited::Slot),
                    () = self.returned.notified() => {
                        if let Some(connection) = take() {
                            return Some(Waited::Connection(connection));
                        }
                    }
                }
            }
        };
        let waited = timeout(limit, first).await;
        waited.ok().flatten().ok_or(QueueError::Timeout { limit })
    }

    /// Waits until one more connection may be opened, whatever this thread has.
    ///
    /// # Errors
    /// Too many requests wait, or this one waited for `limit`.
    pub(super) async fn wait_for_slot(
        destination: &Destination,
        limit: Duration,
    ) -> Result<OwnedSemaphorePermit, QueueError> {
        let _waiting = destination.enqueue()?;
        let slot = timeout(limit, destination.slot()).await;
        slot.ok().flatten().ok_or(QueueError::Timeout { limit })
    }

    /// A connection of this thread can take a request.
    pub(super) fn notify(&self) {
        if self.waiting.get() > 0 {
            self.returned.notify_one();
        }
    }

    /// A connection of this thread can take several requests.
    pub(super) fn notify_all(&self) {
        self.returned.notify_waiters();
    }

    /// How many requests wait for a slot, and not for a connection of this thread.
    pub(super) fn waiting_elsewhere(&self, destination: &Destination) -> usize {
        destination.waiting().saturating_sub(self.waiting.get())
    }
}

impl<'q> Counted<'q> {
    fn new(count: &'q Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
