//! What the server counts, in Prometheus' text form.
//!
//! On the request path only counters of the serving thread are incremented; they are added up when
//! the metrics are requested. Rare events have one counter for all threads.

use std::{cell::RefCell, collections::BTreeMap, num::NonZeroU64, sync::Arc};

use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    metrics::{counter::Counter, info::Info},
    registry::Registry,
};

pub(crate) use self::{
    buffered_bytes::BufferedBytes,
    counted_connection::CountedConnection,
    forwarded::{ForwardedRequest, ForwardedSums},
    labels::{CheckOutcome, ConnectFailure, ForwardFailure, HandshakeFailure, Limit, PluginCall},
    replicas::{ReplicaSnapshot, UpstreamSnapshot},
    worker::{ListenerId, WorkerMetrics},
};
use self::{buffered_bytes::BufferedBytesCollector, collector::WorkerCollector};
use self::{
    forwarded::{ForwardedTotals, collector::ForwardedCollector},
    limits::LimitMetrics,
    log_lines::LogLineCollector,
    models::ModelMetrics,
    plugins::PluginMetrics,
    principals::Principals,
    registered::registered,
    replicas::ReplicaCollector,
    tls::TlsMetrics,
};
use super::logs::NamedLog;

mod buffered_bytes;
mod collector;
mod counted_connection;
mod forwarded;
mod labels;
mod limits;
mod log_lines;
mod models;
mod plugins;
mod principals;
mod registered;
mod replicas;
mod tls;
mod upstream;
mod worker;

#[cfg(test)]
mod tests;

/// With which the name of each metric of the host begins.
const PREFIX: &str = "host_demo";

/// All metrics of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    listeners: Vec<ListenerId>,
    workers: Vec<Arc<WorkerMetrics>>,
    principals: Arc<Principals>,
    forwarded: Arc<ForwardedTotals>,
    plugins: PluginMetrics,
    models: ModelMetrics,
    tls: TlsMetrics,
    limits: LimitMetrics,
    proxy_header_refusals: Counter,
}

impl Metrics {
    /// Counters for each listener, by its name, and for each serving thread.
    pub(crate) fn new(listeners: Vec<String>, threads: usize) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let workers: Vec<_> = (0..threads)
            .map(|_| Arc::new(WorkerMetrics::new(listeners.len())))
            .collect();
        let listeners: Vec<_> = (0..).map(ListenerId).zip(listeners).collect();
        let ids = listeners.iter().map(|(id, _)| *id).collect();
        let principals = Arc::<Principals>::default();
        let forwarded = Arc::<ForwardedTotals>::default();
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of the server", build);
        Self {
            listeners: ids,
            workers: workers.clone(),
            principals: Arc::clone(&principals),
            forwarded: Arc::clone(&forwarded),
            plugins: PluginMetrics::new(&mut registry),
            models: ModelMetrics::new(&mut registry),
            tls: TlsMetrics::new(&mut registry, listeners.clone()),
            limits: LimitMetrics::new(&mut registry),
            proxy_header_refusals: registered(
                &mut registry,
                "proxy_header_refusals",
                "Connections of trusted proxies that were closed because they do not begin with a whole PROXY header",
                Counter::default(),
            ),
            registry: {
                let collector = WorkerCollector::new(listeners, workers, principals);
                registry.register_collector(Box::new(collector));
                registry.register_collector(Box::new(ForwardedCollector(forwarded)));
                registry
            },
        }
    }

    /// Shows the bytes of bodies too.
    pub(crate) fn show_buffered_bytes(&mut self, source: Arc<dyn BufferedBytes>) {
        self.registry
            .register_collector(Box::new(BufferedBytesCollector(source)));
    }

    /// Shows the lines that the logs dropped too.
    pub(crate) fn show_dropped_lines(&mut self, logs: [NamedLog; 2]) {
        self.registry
            .register_collector(Box::new(LogLineCollector(logs)));
    }

    /// The listeners, in the order of their names.
    pub(crate) fn listeners(&self) -> &[ListenerId] {
        &self.listeners
    }

    /// The counters of the serving threads.
    pub(crate) fn workers(&self) -> &[Arc<WorkerMetrics>] {
        &self.workers
    }

    /// The counters of plugins.
    pub(crate) const fn plugins(&self) -> &PluginMetrics {
        &self.plugins
    }

    /// The counters of models.
    pub(crate) const fn models(&self) -> &ModelMetrics {
        &self.models
    }

    /// The counters of TLS.
    pub(crate) const fn tls(&self) -> &TlsMetrics {
        &self.tls
    }

    /// A request or a connection was refused because this limit was reached.
    pub(crate) fn count_limit(&self, limit: Limit) {
        self.limits.count(limit);
    }

    /// A connection of a trusted proxy does not begin with a whole PROXY header.
    pub(crate) fn count_refused_proxy_header(&self) {
        self.proxy_header_refusals.inc();
    }

    /// Gives the requests that the serving threads counted by key, and what forwarded ones add up
    /// to, to the names of these keys. A key that is about to be replaced has its name only until then.
    pub(crate) fn collect_principals(&self, name_of: &dyn Fn(NonZeroU64) -> Option<String>) {
        // Each key is asked for once.
        let asked = RefCell::new(BTreeMap::new());
        let name_of = |key| {
            if let Some(name) = asked.borrow().get(&key) {
                return Option::clone(name);
            }
            let name = self.principals.remember(key, name_of(key));
            asked.borrow_mut().insert(key, name.clone());
            name
        };
        let workers = self.workers.iter();
        let counters = workers.clone().map(|worker| worker.keys());
        self.principals.collect(counters, &name_of);
        let counters = workers.map(|worker| worker.forwarded());
        self.forwarded.collect(counters, name_of);
    }

    /// The text for a Prometheus server: the host's metrics, then those of `plugins`.
    pub(crate) fn render(&self, upstreams: Vec<UpstreamSnapshot>, plugins: &Registry) -> String {
        let mut replicas = Registry::with_prefix(PREFIX);
        if !upstreams.is_empty() {
            replicas.register_collector(Box::new(ReplicaCollector(upstreams)));
        }
        let mut text = String::new();
        let encoded = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &replicas))
            .and_then(|()| encode_registry(&mut text, plugins))
            .and_then(|()| encode_eof(&mut text));
        match encoded {
            Ok(()) => text,
            // Writing to a string cannot fail; an empty response would only hide a defect of a
            // collector.
            Err(error) => format!("# the metrics cannot be encoded: {error}\n"),
        }
    }
}
