//! Closes the connections of a pool that are idle for too long or needed on another thread.

use std::{pin::pin, rc::Weak, sync::Arc};

use tokio::time::{Instant, sleep_until};

use super::destination::Destination;

/// A pool with idle connections.
pub(super) trait Reaped {
    fn destination(&self) -> &Arc<Destination>;

    /// Closes those that are idle for too long, and says when the next one is. None if there is no
    /// connection; then the reaper ends, and is started again with the next one.
    fn close_expired(&self) -> Option<Instant>;

    /// Closes one for each request that waits on another thread.
    fn close_wanted(&self);
}

/// Runs until the pool has no connection, or is dropped.
pub(super) async fn run<P: Reaped>(pool: Weak<P>) {
    let Some(destination) = pool.upgrade().map(|pool| Arc::clone(pool.destination())) else {
        return;
    };
    let mut wanted = pin!(destination.wanted().notified());
    // A request may have begun to wait before this task ran.
    let mut is_wanted = true;
    loop {
        let next = {
            let Some(pool) = pool.upgrade() else {
                return;
            };
            if is_wanted {
                pool.close_wanted();
            }
            pool.close_expired()
        };
        let Some(next) = next else {
            return;
        };
        tokio::select! {
            () = wanted.as_mut() => {
                is_wanted = true;
                // Registered anew before the connections are looked at, so that none is missed.
                wanted.set(destination.wanted().notified());
            }
            () = sleep_until(next) => is_wanted = false,
        }
    }
}
