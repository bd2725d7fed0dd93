//! What is counted of the replicas of upstreams: their owner counts, and is asked when the metrics
//! are requested.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::labels::ForwardFailure;

/// One upstream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UpstreamSnapshot {
    /// The setting with its addresses.
    pub(crate) name: &'static str,
    pub(crate) replicas: Vec<ReplicaSnapshot>,
    /// Requests that were sent to another replica.
    pub(crate) failovers: u64,
    pub(crate) failures: Vec<(ForwardFailure, u64)>,
}

/// One address of an upstream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ReplicaSnapshot {
    pub(crate) address: String,
    pub(crate) is_healthy: bool,
    /// Requests whose response has not ended.
    pub(crate) in_flight: usize,
    pub(crate) ejections: u64,
}

/// All upstreams as they are at a request for the metrics.
#[derive(Debug)]
pub(super) struct ReplicaCollector(pub(super) Vec<UpstreamSnapshot>);

impl Collector for ReplicaCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let upstreams = self.0.as_slice();
        let gauge = |one: usize| i64::try_from(one).unwrap_or(i64::MAX);
        encode_gauges(
            &mut encoder,
            "upstream_replica_healthy",
            "Whether an address of an upstream is up, which is 1, or down.",
            upstreams,
            |replica| replica.is_healthy.into(),
        )?;
        encode_gauges(
            &mut encoder,
            "upstream_replica_requests_in_flight",
            "Requests at an address of an upstream whose response has not ended.",
            upstreams,
            |replica| gauge(replica.in_flight),
        )?;
        let mut ejections = encoder.encode_descriptor(
            "upstream_replica_ejections",
            "How often an address was found down because requests failed.",
            None,
            MetricType::Counter,
        )?;
        for (upstream, replica) in replicas(upstreams) {
            let labels = labels(upstream, replica);
            ConstCounter::new(replica.ejections).encode(ejections.encode_family(&labels)?)?;
        }
        let mut failovers = encoder.encode_descriptor(
            "upstream_failovers",
            "Requests sent to another address because nothing of them could be sent to the first.",
            None,
            MetricType::Counter,
        )?;
        for upstream in upstreams {
            let labels = [("upstream", upstream.name)];
            ConstCounter::new(upstream.failovers).encode(failovers.encode_family(&labels)?)?;
        }
        let mut failures = encoder.encode_descriptor(
            "upstream_failures",
            "Requests that got no response of an address of their upstream, by reason.",
            None,
            MetricType::Counter,
        )?;
        for upstream in upstreams {
            for (reason, count) in &upstream.failures {
                let labels = [("upstream", upstream.name), ("reason", reason.as_str())];
                ConstCounter::new(*count).encode(failures.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn encode_gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    upstreams: &[UpstreamSnapshot],
    value: impl Fn(&ReplicaSnapshot) -> i64,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (upstream, replica) in replicas(upstreams) {
        let labels = labels(upstream, replica);
        ConstGauge::new(value(replica)).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

/// Each replica with its upstream.
fn replicas(
    upstreams: &[UpstreamSnapshot],
) -> impl Iterator<Item = (&UpstreamSnapshot, &ReplicaSnapshot)> {
    upstreams.iter().flat_map(|upstream| {
        let replicas = upstream.replicas.iter();
        replicas.map(move |replica| (upstream, replica))
    })
}

fn labels<'s>(
    upstream: &UpstreamSnapshot,
    replica: &'s ReplicaSnapshot,
) -> [(&'static str, &'s str); 2] {
    [("upstream", upstream.name), ("address", &replica.address)]
}
