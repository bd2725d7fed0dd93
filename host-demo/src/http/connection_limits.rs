//! What one connection may hold, and for how long.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use crate::telemetry::metrics::Metrics;

/// The limits of each connection, by their settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimitValues {
    /// From a connection to its first bytes, and from the first byte of a head over HTTP/1.1 to
    /// its last.
    pub(crate) header_timeout: Duration,
    /// How long a connection may be without a running request.
    pub(crate) idle_timeout: Duration,
    /// How long a client may take nothing of a response.
    pub(crate) write_timeout: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub(crate) streams_max: u32,
    /// How many of them may be denied or need no key, before the connection's first good key.
    pub(crate) streams_before_key_max: u32,
    /// The same on all connections together.
    pub(crate) requests_before_key_max: usize,
}

/// The limits, and how much is used of what all connections share.
#[derive(Debug)]
pub(crate) struct ConnectionLimits {
    pub(crate) values: LimitValues,
    /// The requests that count for `requests_before_key_max`.
    pub(super) requests_before_key: AtomicUsize,
    /// Where it is counted that a limit was reached.
    pub(crate) metrics: Arc<Metrics>,
}

impl ConnectionLimits {
    pub(crate) const fn new(values: LimitValues, metrics: Arc<Metrics>) -> Self {
        Self {
            values,
            requests_before_key: AtomicUsize::new(0),
            metrics,
        }
    }
}
