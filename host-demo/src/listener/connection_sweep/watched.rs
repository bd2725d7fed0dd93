//! How long things take on one connection.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    http::connection_state::{Close, ConnectionState},
    telemetry::metrics::Limit,
};

/// How long a connection that is asked to end may take for that: a client that takes part needs
/// one round trip.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// A connection, and since when it is as the last look saw it.
#[derive(Debug)]
pub(super) struct Watched {
    state: Arc<ConnectionState>,
    uses: u32,
    used_at: Instant,
    head_began: Option<Instant>,
    /// When the older pieces that were not taken became the older ones.
    aged_at: Instant,
    finish_by: Option<Instant>,
}

impl Watched {
    pub(super) fn new(state: Arc<ConnectionState>, now: Instant) -> Self {
        Self {
            uses: state.uses(),
            state,
            used_at: now,
            head_began: None,
            aged_at: now,
            finish_by: None,
        }
    }

    pub(super) const fn state(&self) -> &Arc<ConnectionState> {
        &self.state
    }

    /// Asks the connection to end if it is over its time. Whether it is still to be looked at.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if self.state.has_ended() {
            return false;
        }
        if !self.state.is_serving() {
            self.used_at = now;
            return true;
        }
        self.state.forget_left_bodies();
        self.note_use(now);
        let exceeded = self.exceeded(now);
        if let Some(finish_by) = self.finish_by {
            // Until it confirms that it is to end, a client of HTTP/2 may open streams.
            let is_late = now >= finish_by && !self.state.is_running();
            if is_late || matches!(exceeded, Some((Close::Abort, _))) {
                self.state.close(Close::Abort);
            }
        } else if let Some((close, limit)) = exceeded {
            self.state.limits().metrics.count_limit(limit);
            self.finish_by = Some(now + FAREWELL_MAX);
            self.state.close(close);
        }
        true
    }

    /// Which limit is reached, and how the connection ends for that.
    fn exceeded(&mut self, now: Instant) -> Option<(Close, Limit)> {
        let untaken_since = self.untaken_since(now);
        let values = &self.state.limits().values;
        let is_over = |since: Instant, max| now.saturating_duration_since(since) >= max;
        if is_over(untaken_since, values.write_timeout) {
            return Some((Close::Abort, Limit::WriteTimeout));
        }
        if self.state.is_running() {
            return None;
        }
        if let Some(began) = self.head_began {
            return is_over(began, values.header_timeout)
                .then_some((Close::Abort, Limit::HeaderTimeout));
        }
        is_over(self.used_at, values.idle_timeout).then_some((Close::Finish, Limit::IdleTimeout))
    }

    fn note_use(&mut self, now: Instant) {
        let uses = self.state.uses();
        if uses != self.uses {
            self.uses = uses;
            self.used_at = now;
            self.state.set_used_at(now);
        }
        self.head_began = self
            .state
            .is_reading_head()
            .then(|| self.head_began.unwrap_or(now));
    }

    /// Since when the client takes nothing of a response, as far as that is certain; now if it takes.
    ///
    /// Before the first good key each response must be taken in time. Afterwards it is enough that the
    /// client takes some of any response: one that waits may belong to another client of a proxy. One
    /// that has just come, after a long computation for example, has its time before it from then on.
    fn untaken_since(&mut self, now: Instant) -> Instant {
        if !self.state.has_old_unsent() {
            self.state.age_unsent();
            self.aged_at = now;
        }
        if !self.state.has_unsent() {
            now
        } else if self.state.has_permit() {
            self.used_at.max(self.aged_at)
        } else {
            self.aged_at
        }
    }
}

#[cfg(test)]
mod tests;
