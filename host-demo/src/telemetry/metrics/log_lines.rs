//! The lines that the logs dropped.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

use crate::telemetry::logs::NamedLog;

#[derive(Debug)]
pub(super) struct LogLineCollector(pub(super) [NamedLog; 2]);

impl Collector for LogLineCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut dropped = encoder.encode_descriptor(
            "log_lines_dropped",
            "Lines that were not written, because the reader of the log takes none or writing failed, by log.",
            None,
            MetricType::Counter,
        )?;
        for log in &self.0 {
            let labels = [("log", log.name)];
            ConstCounter::new(log.dropped_lines()).encode(dropped.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
