//! Adds up the counters of the serving threads.

use std::{collections::BTreeMap, fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

use super::worker::{TOKEN_TYPES, VERDICTS, WorkerMetrics};

#[derive(Debug)]
pub(super) struct WorkerCollector {
    listeners: Vec<String>,
    workers: Vec<Arc<WorkerMetrics>>,
}

impl WorkerCollector {
    pub(super) const fn new(listeners: Vec<String>, workers: Vec<Arc<WorkerMetrics>>) -> Self {
        Self { listeners, workers }
    }

    fn requests(&self, listener: usize) -> BTreeMap<u16, u64> {
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
}

impl Collector for WorkerCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut requests = encoder.encode_descriptor(
            "requests",
            "Answered requests by listener and status.",
            None,
            MetricType::Counter,
        )?;
        for (number, listener) in self.listeners.iter().enumerate() {
            for (status, count) in self.requests(number) {
                let labels = [
                    ("listener", listener.clone()),
                    ("status", status.to_string()),
                ];
                ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
            }
        }
        let mut checks = encoder.encode_descriptor(
            "token_checks",
            "Token checks by the kind of key that was asked for and by verdict.",
            None,
            MetricType::Counter,
        )?;
        for (kind, token_type) in TOKEN_TYPES.iter().enumerate() {
            for (verdict, (_, name)) in VERDICTS.iter().enumerate() {
                let counts = self
                    .workers
                    .iter()
                    .map(|worker| worker.token_checks(kind, verdict));
                let labels = [("kind", token_type.as_str()), ("verdict", *name)];
                ConstCounter::new(counts.sum::<u64>()).encode(checks.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
