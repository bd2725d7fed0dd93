//! A request, from its head until the client has taken its response.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use super::connection_state::{Close, ConnectionState};
use crate::telemetry::metrics::Limit;

/// Counts as a running request of its connection until it is dropped.
#[derive(Debug)]
pub(crate) struct RunningRequest {
    connection: Arc<ConnectionState>,
    standing: Standing,
}

/// What is known of the key of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// Nothing yet, on a connection that has shown a good one.
    AfterKey,
    /// None yet, on a connection that has shown none either; and which limit it exceeds.
    BeforeKey(Option<Limit>),
    /// It is good.
    Permitted,
}

impl RunningRequest {
    /// A request begins. It may be one too many, unless it has a good key.
    pub(crate) fn begin(connection: &Arc<ConnectionState>) -> Self {
        connection.set_reading_head(false);
        connection.note_use();
        let others = connection.running.fetch_add(1, Relaxed);
        let standing = if connection.has_permit() {
            Standing::AfterKey
        } else {
            let limits = connection.limits();
            let others_of_all = limits.requests_before_key.fetch_add(1, Relaxed);
            Standing::BeforeKey(if others >= limits.values.streams_before_key_max {
                Some(Limit::StreamsBeforeKey)
            } else if others > 0 && others_of_all >= limits.values.requests_before_key_max {
                Some(Limit::RequestsBeforeKey)
            } else {
                None
            })
        };
        Self {
            connection: Arc::clone(connection),
            standing,
        }
    }

    pub(crate) const fn connection(&self) -> &Arc<ConnectionState> {
        &self.connection
    }

    /// The request has a good key, or needs none because no request does.
    pub(crate) fn permit(&mut self) {
        self.leave_before_key();
        if self.standing != Standing::Permitted {
            self.standing = Standing::Permitted;
            self.connection.running_permitted.fetch_add(1, Relaxed);
            self.connection.set_permit();
        }
    }

    /// The limit that this request exceeds.
    pub(crate) const fn exceeds(&self) -> Option<Limit> {
        match self.standing {
            Standing::BeforeKey(limit) => limit,
            Standing::AfterKey | Standing::Permitted => None,
        }
    }

    /// The request is refused because of that limit. A connection that goes on regardless is closed.
    pub(crate) fn refuse(&self, limit: Limit) {
        self.connection.limits().metrics.count_limit(limit);
        if self.connection.refuse() {
            self.connection.close(Close::Abort);
        }
    }

    /// The body of the request is not read, so HTTP/2 resets its stream, and remembers it for a
    /// second. Before the first good key a connection with too many of those is not read until then.
    pub(crate) fn leave_body(&self) {
        if matches!(self.standing, Standing::BeforeKey(_)) && self.connection.leave_body() {
            let metrics = &self.connection.limits().metrics;
            metrics.count_limit(Limit::StreamsBeforeKey);
        }
    }

    fn leave_before_key(&self) {
        if matches!(self.standing, Standing::BeforeKey(_)) {
            let limits = self.connection.limits();
            limits.requests_before_key.fetch_sub(1, Relaxed);
        }
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        self.leave_before_key();
        if self.standing == Standing::Permitted {
            self.connection.running_permitted.fetch_sub(1, Relaxed);
        }
        self.connection.running.fetch_sub(1, Relaxed);
        self.connection.release_input_end();
        self.connection.note_use();
    }
}

#[cfg(test)]
mod tests;
