//! Looks each second at the connections of a serving thread, and closes those that are over their time.
//!
//! A connection need not be told by a timer of its own that nothing happens on it, and a request costs
//! no look at a clock.

use std::{
    cell::{Cell, RefCell},
    mem,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use tokio::{
    task::spawn_local,
    time::{Instant, sleep},
};

use self::watched::Watched;
use crate::http::connection_state::{Close, ConnectionState};

mod watched;

const INTERVAL: Duration = Duration::from_secs(1);

/// The connections of one serving thread.
#[derive(Debug, Default)]
pub(super) struct ConnectionSweep {
    connections: RefCell<Vec<Watched>>,
    /// Whether its task runs, which ends with the last connection.
    is_running: Cell<bool>,
}

impl ConnectionSweep {
    /// Must be called where tasks can be spawned on the current thread.
    pub(super) fn watch(self: &Rc<Self>, state: Arc<ConnectionState>) {
        let watched = Watched::new(state, Instant::now());
        self.connections.borrow_mut().push(watched);
        if !self.is_running.replace(true) {
            let sweep = Rc::clone(self);
            spawn_local(async move { sweep.run().await });
        }
    }

    /// Asks all connections to end in order.
    pub(super) fn finish_all(&self) {
        for watched in &*self.connections.borrow() {
            watched.state().close(Close::Finish);
        }
    }

    /// Ends all connections without a running request that has a good key.
    pub(super) fn abort_unpermitted(&self) {
        for watched in &*self.connections.borrow() {
            if !watched.state().is_running_permitted() {
                watched.state().close(Close::Abort);
            }
        }
    }

    async fn run(&self) {
        loop {
            sleep(INTERVAL).await;
            if !self.sweep(Instant::now()) {
                self.is_running.set(false);
                return;
            }
        }
    }

    /// Whether there are connections left.
    fn sweep(&self, now: Instant) -> bool {
        let mut connections = mem::take(&mut *self.connections.borrow_mut());
        connections.retain_mut(|watched| watched.look(now));
        let mut all = self.connections.borrow_mut();
        all.append(&mut connections);
        !all.is_empty()
    }
}
