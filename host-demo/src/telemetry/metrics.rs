//! What the server counts, in Prometheus' text form.
//!
//! On the request path only counters of the serving thread are incremented; they are added up when
//! the metrics are requested. Rare events have one counter for all threads.

use std::{cell::RefCell, collections::BTreeMap, num::NonZeroU64, sync::Arc, time::Duration};

use plugin_api::TokenType;
use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

pub(crate) use self::{
    buffered_bytes::BufferedBytes,
    counted_connection::CountedConnection,
    forwarded::{ForwardedRequest, ForwardedSums},
    labels::{CheckOutcome, ConnectFailure, ForwardFailure, HandshakeFailure, Limit, PluginCall},
    replicas::{ReplicaSnapshot, ReplicaSource, UpstreamSnapshot},
    worker::{ListenerId, WorkerMetrics},
};
use self::{buffered_bytes::BufferedBytesCollector, collector::WorkerCollector};
use self::{
    forwarded::{ForwardedTotals, collector::ForwardedCollector},
    labels::ReloadOutcome,
    limits::LimitMetrics,
    log_lines::LogLineCollector,
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
mod principals;
mod registered;
mod replicas;
mod tls;
mod upstream;
mod worker;

#[cfg(test)]
mod tests;

/// The upper bounds of the latency buckets, in seconds.
const LATENCY_BUCKETS_SEC: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];

/// All metrics of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    rotations: Family<RotationLabels, Counter>,
    plugin_errors: Family<PluginLabels, Counter>,
    plugin_timeouts: Family<PluginCallLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    generation: Gauge,
    libraries_left: Gauge,
    open_threads_left: Gauge,
    probe_refusals: Counter,
    proxy_header_refusals: Counter,
    inference_latency: Family<ModelLabels, Histogram, fn() -> Histogram>,
    prediction_timeouts: Counter,
    listeners: Vec<ListenerId>,
    workers: Vec<Arc<WorkerMetrics>>,
    principals: Arc<Principals>,
    forwarded: Arc<ForwardedTotals>,
    tls: TlsMetrics,
    limits: LimitMetrics,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RotationLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PluginCallLabels {
    call: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReloadLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PluginLabels {
    plugin: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ModelLabels {
    model: String,
}

impl Metrics {
    /// Counters for each listener, by its name, and for each serving thread.
    pub(crate) fn new(listeners: Vec<String>, threads: usize) -> Self {
        let mut registry = Registry::with_prefix("host_demo");
        let workers: Vec<_> = (0..threads)
            .map(|_| Arc::new(WorkerMetrics::new(listeners.len())))
            .collect();
        let listeners: Vec<_> = (0..).map(ListenerId).zip(listeners).collect();
        let ids = listeners.iter().map(|(id, _)| *id).collect();
        let principals = Arc::<Principals>::default();
        let forwarded = Arc::<ForwardedTotals>::default();
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The version of the server", build);
        let new_histogram: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS_SEC);
        let metrics = Self {
            rotations: registered(
                &mut registry,
                "token_rotations",
                "Keys replaced through /token, by kind",
                Family::default(),
            ),
            plugin_errors: registered(
                &mut registry,
                "plugin_errors",
                "Calls of plugin endpoints that failed or panicked",
                Family::default(),
            ),
            plugin_timeouts: registered(
                &mut registry,
                "plugin_timeouts",
                "Calls of plugins that did not return in time, by call",
                Family::default(),
            ),
            reloads: registered(
                &mut registry,
                "plugin_reloads",
                "Reloads of the plugins folder, by outcome",
                Family::default(),
            ),
            generation: registered(
                &mut registry,
                "plugin_generation",
                "The generation of plugins that serves, counted from 1",
                Gauge::default(),
            ),
            libraries_left: registered(
                &mut registry,
                "plugin_libraries_left",
                "Libraries that stay in memory although none of their plugins serves any more",
                Gauge::default(),
            ),
            open_threads_left: registered(
                &mut registry,
                "plugin_open_threads_left",
                "Threads on which a plugin's opening function was given up and has not returned, at the last reload",
                Gauge::default(),
            ),
            probe_refusals: registered(
                &mut registry,
                "plugin_probe_refusals",
                "Reloads that failed because a plugin ended the process that loaded it on trial, or could not be loaded there",
                Counter::default(),
            ),
            proxy_header_refusals: registered(
                &mut registry,
                "proxy_header_refusals",
                "Connections of trusted proxies that were closed because they do not begin with a whole PROXY header",
                Counter::default(),
            ),
            inference_latency: registered(
                &mut registry,
                "inference_latency_seconds",
                "Time from a complete request to its prediction",
                Family::new_with_constructor(new_histogram),
            ),
            prediction_timeouts: registered(
                &mut registry,
                "prediction_timeouts",
                "Predictions that took longer than default_response_timeout",
                Counter::default(),
            ),
            listeners: ids,
            workers: workers.clone(),
            principals: Arc::clone(&principals),
            forwarded: Arc::clone(&forwarded),
            tls: TlsMetrics::new(&mut registry, listeners.clone()),
            limits: LimitMetrics::new(&mut registry),
            registry: {
                let collector = WorkerCollector::new(listeners, workers, principals);
                registry.register_collector(Box::new(collector));
                registry.register_collector(Box::new(ForwardedCollector(forwarded)));
                registry
            },
        };
        // Exposed from the start, so that the first increment is visible as one.
        for kind in [TokenType::MANAGEMENT, TokenType::INFERENCE] {
            let kind = kind.as_str();
            let _ = metrics.rotations.get_or_create(&RotationLabels { kind });
        }
        for call in PluginCall::ALL {
            let call = call.as_str();
            let labels = PluginCallLabels { call };
            let _ = metrics.plugin_timeouts.get_or_create(&labels);
        }
        for outcome in ReloadOutcome::ALL {
            let outcome = outcome.as_str();
            let _ = metrics.reloads.get_or_create(&ReloadLabels { outcome });
        }
        metrics
    }

    /// Shows the replicas of upstreams too.
    pub(crate) fn show_replicas(&mut self, source: Arc<dyn ReplicaSource>) {
        let collector = ReplicaCollector(source);
        self.registry.register_collector(Box::new(collector));
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

    /// A key was replaced.
    pub(crate) fn count_rotation(&self, token_type: TokenType) {
        self.rotations
            .get_or_create(&RotationLabels {
                kind: token_type.as_str(),
            })
            .inc();
    }

    /// The plugins folder was reloaded.
    pub(crate) fn count_reload(&self, succeeded: bool) {
        let outcome = ReloadOutcome::of(succeeded).as_str();
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// Which generation serves now, and how many libraries no longer serve.
    pub(crate) fn set_generation(&self, number: u64, libraries_left: u64) {
        let gauge = |value| i64::try_from(value).unwrap_or(i64::MAX);
        self.generation.set(gauge(number));
        self.libraries_left.set(gauge(libraries_left));
    }

    /// How many threads still open a plugin that was given up.
    pub(crate) fn set_open_threads_left(&self, threads: u64) {
        let threads = i64::try_from(threads).unwrap_or(i64::MAX);
        self.open_threads_left.set(threads);
    }

    /// A reload failed because of a plugin that was loaded on trial.
    pub(crate) fn count_probe_refusal(&self) {
        self.probe_refusals.inc();
    }

    /// A call of a plugin's endpoint failed.
    pub(crate) fn count_plugin_error(&self, plugin: &str) {
        self.plugin_errors
            .get_or_create(&PluginLabels {
                plugin: plugin.to_owned(),
            })
            .inc();
    }

    /// A call of the plugins did not return in time.
    pub(crate) fn count_timeout(&self, call: PluginCall) {
        let call = call.as_str();
        let labels = PluginCallLabels { call };
        self.plugin_timeouts.get_or_create(&labels).inc();
    }

    /// A model made a prediction.
    pub(crate) fn observe_inference(&self, model: &str, latency: Duration) {
        let labels = ModelLabels {
            model: model.to_owned(),
        };
        self.inference_latency
            .get_or_create(&labels)
            .observe(latency.as_secs_f64());
    }

    /// A prediction took longer than `default_response_timeout`.
    pub(crate) fn count_prediction_timeout(&self) {
        self.prediction_timeouts.inc();
    }

    /// A model was unregistered. Its latency is removed: the number of models is limited, that of
    /// names is not.
    pub(crate) fn forget_model(&self, model: &str) {
        self.inference_latency.remove(&ModelLabels {
            model: model.to_owned(),
        });
    }

    /// Gives the requests that the serving threads counted by key, and what forwarded ones add up
    /// to, to the names of these keys. A key
    /// that is about to be replaced has its name only until then.
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
    pub(crate) fn render(&self, plugins: &Registry) -> String {
        let mut text = String::new();
        let encoded = encode_registry(&mut text, &self.registry)
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
