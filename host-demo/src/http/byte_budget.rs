//! How many bytes of bodies are in memory at once, over all connections.

use std::sync::Arc;

use bytes::Bytes;
use host_sync::{BoundedCount, Exceeded};
use thiserror::Error;

use crate::telemetry::metrics::BufferedBytes;

/// A number of bytes that can be in use at once. Clones and parts share the count; usable from any thread.
#[derive(Clone, Debug)]
pub(crate) struct ByteBudget {
    used: Arc<BoundedCount>,
    bytes_max: usize,
}

/// Bytes that are in use until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: ByteBudget,
    bytes: usize,
}

/// Too many bytes are in use.
#[derive(Clone, Copy, Debug, Error)]
#[error("as many bytes of bodies are in memory as buffered_bytes_max allows")]
pub(crate) struct BudgetExhausted;

impl From<Exceeded> for BudgetExhausted {
    fn from(_: Exceeded) -> Self {
        Self
    }
}

impl ByteBudget {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            used: Arc::default(),
            bytes_max,
        }
    }

    /// The same budget for users who may fill it to `bytes_max` alone: the rest is for others.
    pub(crate) fn part(&self, bytes_max: usize) -> Self {
        Self {
            used: Arc::clone(&self.used),
            bytes_max: bytes_max.min(self.bytes_max),
        }
    }

    /// Whether there is room for this many bytes now; none is reserved.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn check_room(&self, bytes: usize) -> Result<(), BudgetExhausted> {
        let free = self.bytes_max.saturating_sub(self.used());
        if bytes > free {
            return Err(BudgetExhausted);
        }
        Ok(())
    }

    /// A reservation of nothing, which grows.
    pub(crate) fn reservation(&self) -> Reservation {
        Reservation {
            budget: self.clone(),
            bytes: 0,
        }
    }

    /// Counts bytes that are in memory already, until the last reference to them is dropped.
    ///
    /// # Errors
    /// There is no room for them.
    pub(crate) fn hold(&self, bytes: Bytes) -> Result<Bytes, BudgetExhausted> {
        let mut reservation = self.reservation();
        reservation.grow_to(bytes.len())?;
        Ok(reservation.hold(bytes))
    }
}

impl BufferedBytes for ByteBudget {
    fn used(&self) -> usize {
        self.used.used()
    }

    fn bytes_max(&self) -> usize {
        self.bytes_max
    }
}

impl Reservation {
    /// Reserves more, if it is less than this.
    ///
    /// # Errors
    /// There is no room for it; what was reserved stays so.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), BudgetExhausted> {
        if let Some(more) = bytes.checked_sub(self.bytes) {
            self.budget.used.take(more, self.budget.bytes_max)?;
            self.bytes = bytes;
        }
        Ok(())
    }

    /// Lasts until the last reference to these bytes is dropped.
    pub(crate) fn hold(self, bytes: Bytes) -> Bytes {
        if bytes.is_empty() {
            return bytes;
        }
        Bytes::from_owner(Reserved {
            bytes,
            _reservation: self,
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.give_back(self.bytes);
    }
}

struct Reserved {
    bytes: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Reserved {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
