//! Adds up the counters of the serving threads.

use std::{collections::BTreeMap, fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{
    labels::{CheckOutcome, ConnectFailure},
    principals::Principals,
    upstream::UpstreamTotals,
    worker::{ListenerId, Status, WorkerMetrics, token_types},
};

#[derive(Debug)]
pub(super) struct WorkerCollector {
    listeners: Vec<(ListenerId, String)>,
    workers: Vec<Arc<WorkerMetrics>>,
    principals: Arc<Principals>,
}

impl WorkerCollector {
    pub(super) const fn new(
        listeners: Vec<(ListenerId, String)>,
        workers: Vec<Arc<WorkerMetrics>>,
        principals: Arc<Principals>,
    ) -> Self {
        Self {
            listeners,
            workers,
            principals,
        }
    }

    fn requests(&self, listener: ListenerId) -> BTreeMap<Status, u64> {
        let mut total = BTreeMap::new();
        for (status, count) in self
            .workers
            .iter()
            .flat_map(|worker| worker.requests(listener))
        {
            *total.entry(status).or_default() += count;
        }
        total
    }

    /// The connections to upstreams.
    fn encode_upstreams(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let upstreams = self.workers.iter().map(|worker| worker.upstreams());
        let totals = upstreams
            .clone()
            .fold(UpstreamTotals::default(), UpstreamTotals::add);
        let counts = [
            (
                "upstream_connections_opened",
                "Connections to upstreams that were opened.",
                totals.opened,
            ),
            (
                "upstream_connections_reused",
                "Requests on a connection to an upstream that had one before.",
                totals.reused,
            ),
            (
                "upstream_retries",
                "Requests sent again because the connection had ended before anything was sent.",
                totals.retried,
            ),
        ];
        for (name, help, count) in counts {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(count).encode(metric)?;
        }
        let mut connections = encoder.encode_descriptor(
            "upstream_connections",
            "Open connections to upstreams, by state.",
            None,
            MetricType::Gauge,
        )?;
        for (state, count) in [("in_use", totals.in_use), ("idle", totals.idle)] {
            let labels = [("state", state)];
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            ConstGauge::new(count).encode(connections.encode_family(&labels)?)?;
        }
        let mut failures = encoder.encode_descriptor(
            "upstream_connect_failures",
            "Requests that got no connection to their upstream, by reason.",
            None,
            MetricType::Counter,
        )?;
        for &reason in ConnectFailure::ALL {
            let count = upstreams
                .clone()
                .map(|one| one.failures(reason))
                .sum::<u64>();
            let labels = [("reason", reason.as_str())];
            ConstCounter::new(count).encode(failures.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for WorkerCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut requests = encoder.encode_descriptor(
            "requests",
            "Responses by listener and status.",
            None,
            MetricType::Counter,
        )?;
        for (id, listener) in &self.listeners {
            for (status, count) in self.requests(*id) {
                let status = match status {
                    Status::Known(status) => status.to_string(),
                    Status::Other => "other".to_owned(),
                };
                let labels = [("listener", listener.clone()), ("status", status)];
                ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
            }
        }
        let mut checks = encoder.encode_descriptor(
            "token_checks",
            "Token checks by the kind of key that was asked for and by verdict.",
            None,
            MetricType::Counter,
        )?;
        for token_type in token_types() {
            for &outcome in CheckOutcome::ALL {
                let counts = self
                    .workers
                    .iter()
                    .map(|worker| worker.token_checks(token_type, outcome));
                let labels = [("kind", token_type.as_str()), ("verdict", outcome.as_str())];
                ConstCounter::new(counts.sum::<u64>()).encode(checks.encode_family(&labels)?)?;
            }
        }
        let mut principals = encoder.encode_descriptor(
            "principal_requests",
            "Answered requests by the name of the key that came with them.",
            None,
            MetricType::Counter,
        )?;
        for (principal, count) in self.principals.requests() {
            let labels = [("principal", principal)];
            ConstCounter::new(count).encode(principals.encode_family(&labels)?)?;
        }
        self.encode_upstreams(&mut encoder)
    }
}
