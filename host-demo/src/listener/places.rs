//! The connections that one listener may have at once.

use std::{collections::HashMap, io, sync::Arc};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    http::{
        connection_limits::ConnectionLimits,
        connection_state::{Close, ConnectionState},
    },
    telemetry::metrics::Limit,
};

/// Which part of the places is made free at once when there is none: a look at all connections costs as
/// much for one of them as for many.
const PART_FREED: usize = 64;

/// The places of one listener.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    free: Arc<Semaphore>,
    limits: Arc<ConnectionLimits>,
    /// Locked when a connection opens or closes.
    open: Mutex<OpenConnections>,
}

/// The open connections by their numbers, which are given in the order of acceptance.
#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    connections: HashMap<u64, Arc<ConnectionState>>,
}

/// The place of one connection; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
    state: Arc<ConnectionState>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(max: usize, limits: Arc<ConnectionLimits>) -> Self {
        Self {
            max,
            free: Arc::new(Semaphore::new(max)),
            limits,
            open: Mutex::default(),
        }
    }

    /// A place for a new connection. If there is none, others are closed for it; where all have running
    /// requests with a good key, it waits until one ends.
    pub(super) async fn take(self: &Arc<Self>) -> io::Result<Place> {
        if self.free.available_permits() == 0 {
            self.make_room();
        }
        let permit = Arc::clone(&self.free).acquire_owned();
        let permit = permit.await.map_err(io::Error::other)?;
        let state = Arc::new(ConnectionState::new(
            Arc::clone(&self.limits),
            Instant::now(),
        ));
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.connections.insert(number, Arc::clone(&state));
        drop(open);
        Ok(Place {
            places: Arc::clone(self),
            number,
            state,
            _permit: permit,
        })
    }

    /// Closes connections that have shown no good key: first those without a running request, and of these
    /// first the one that was not used for longest. Where all have shown one, closes one without a running
    /// request that has a good key: it may have been replaced since.
    fn make_room(&self) {
        let open = self.open.lock();
        // Nothing closes one that an upgrade took over.
        let served = (open.connections.iter()).filter(|(_, state)| !state.has_ended());
        let (ending, staying): (Vec<_>, Vec<_>) =
            served.partition(|(_, state)| state.is_asked_to_abort());
        let (with_key, mut candidates): (Vec<_>, Vec<_>) = (staying.into_iter())
            .map(|(number, state)| ((state.is_running(), state.used_at(), *number), state))
            .partition(|(_, state)| state.has_permit());
        // What ends already makes room, too.
        let count = (self.max / PART_FREED).max(1).saturating_sub(ending.len());
        if candidates.len() > count {
            candidates.select_nth_unstable_by_key(count, |(order, _)| *order);
        }
        if candidates.is_empty() && ending.is_empty() {
            let idle = with_key.into_iter();
            let idle = idle.filter(|(_, state)| !state.is_running_permitted());
            candidates.extend(idle.min_by_key(|((_, used_at, number), _)| (*used_at, *number)));
        }
        for (_, state) in candidates.iter().take(count) {
            state.close(Close::Abort);
            self.limits.metrics.count_limit(Limit::Connections);
        }
    }
}

impl Place {
    pub(crate) const fn state(&self) -> &Arc<ConnectionState> {
        &self.state
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.end();
        self.places.open.lock().connections.remove(&self.number);
    }
}

#[cfg(test)]
mod tests;
