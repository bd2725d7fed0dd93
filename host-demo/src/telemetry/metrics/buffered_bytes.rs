//! The bytes of bodies in memory: their owner counts, and is asked when the metrics are requested.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

/// Who counts the bytes.
pub(crate) trait BufferedBytes: fmt::Debug + Send + Sync + 'static {
    /// Those in memory now.
    fn used(&self) -> usize;

    /// The most that there may be.
    fn bytes_max(&self) -> usize;
}

#[derive(Debug)]
pub(super) struct BufferedBytesCollector(pub(super) Arc<dyn BufferedBytes>);

impl Collector for BufferedBytesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauges = [
            (
                "buffered_bytes",
                "Bytes of bodies in memory.",
                self.0.used(),
            ),
            (
                "buffered_bytes_max",
                "The most bytes of bodies that are in memory at once.",
                self.0.bytes_max(),
            ),
        ];
        for (name, help, bytes) in gauges {
            let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(i64::try_from(bytes).unwrap_or(i64::MAX)).encode(metric)?;
        }
        Ok(())
    }
}
