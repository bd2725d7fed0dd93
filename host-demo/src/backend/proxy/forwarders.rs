//! The forwarder of one serving thread: another one once another proxy is in force.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{forwarder::Forwarder, request_id::RequestIds, reverse_proxy::ReverseProxy};
use crate::telemetry::metrics::WorkerMetrics;

/// Makes the forwarder of a thread when its first request needs it, and again for the first request after a reload
/// that changed the upstreams. Requests that run keep the one before; its connections without a request are closed
/// then.
#[derive(Debug)]
pub(crate) struct Forwarders {
    current: RefCell<Option<Rc<Forwarder>>>,
    request_ids: Rc<RequestIds>,
    counters: Arc<WorkerMetrics>,
}

impl Forwarders {
    /// `random` tells the requests of this thread from those of others.
    pub(crate) fn new(counters: Arc<WorkerMetrics>, random: u64) -> Self {
        Self {
            current: RefCell::default(),
            request_ids: Rc::new(RequestIds::new(random)),
            counters,
        }
    }

    /// That of this proxy.
    pub(crate) fn of(&self, proxy: &Arc<ReverseProxy>) -> Rc<Forwarder> {
        let current = self.current.borrow();
        if let Some(forwarder) = current.as_ref().filter(|one| one.is_of(proxy)) {
            return Rc::clone(forwarder);
        }
        drop(current);
        let (ids, counters) = (Rc::clone(&self.request_ids), Arc::clone(&self.counters));
        let forwarder = Rc::new(Forwarder::new(Arc::clone(proxy), counters, ids));
        // Nothing is borrowed any more when the last one's connections are closed.
        let last = self.current.replace(Some(Rc::clone(&forwarder)));
        drop(last);
        forwarder
    }
}
