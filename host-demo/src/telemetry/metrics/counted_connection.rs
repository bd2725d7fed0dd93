//! A connection to an upstream, as one that is open or idle now.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{upstream::UpstreamMetrics, worker::WorkerMetrics};

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct CountedConnection {
    counters: Arc<WorkerMetrics>,
    gauge: fn(&UpstreamMetrics) -> &AtomicU64,
}

impl CountedConnection {
    /// A connection was opened.
    pub(crate) fn open(counters: &Arc<WorkerMetrics>) -> Self {
        counters.upstreams().opened.fetch_add(1, Ordering::Relaxed);
        Self::new(counters, |upstreams| &upstreams.open)
    }

    /// An open connection has no request.
    pub(crate) fn idle(counters: &Arc<WorkerMetrics>) -> Self {
        Self::new(counters, |upstreams| &upstreams.idle)
    }

    fn new(counters: &Arc<WorkerMetrics>, gauge: fn(&UpstreamMetrics) -> &AtomicU64) -> Self {
        gauge(counters.upstreams()).fetch_add(1, Ordering::Relaxed);
        let counters = Arc::clone(counters);
        Self { counters, gauge }
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        (self.gauge)(self.counters.upstreams()).fetch_sub(1, Ordering::Relaxed);
    }
}
