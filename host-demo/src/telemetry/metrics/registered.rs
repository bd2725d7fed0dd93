//! How a metric comes to be.

use prometheus_client::registry::{Metric, Registry};

/// Registers a metric, so that none can be counted without being rendered.
pub(super) fn registered<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}
