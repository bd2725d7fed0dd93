//! What is counted of the models that the server runs itself.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::registered::registered;

/// The upper bounds of the latency buckets, in seconds.
const LATENCY_BUCKETS_SEC: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];

/// Counted once for each prediction.
#[derive(Debug)]
pub(crate) struct ModelMetrics {
    latency: Family<ModelLabels, Histogram, fn() -> Histogram>,
    timeouts: Counter,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ModelLabels {
    model: String,
}

impl ModelMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let new_histogram: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS_SEC);
        Self {
            latency: registered(
                registry,
                "inference_latency_seconds",
                "Time from a complete request to its prediction",
                Family::new_with_constructor(new_histogram),
            ),
            timeouts: registered(
                registry,
                "prediction_timeouts",
                "Predictions that took longer than default_response_timeout",
                Counter::default(),
            ),
        }
    }

    /// This model made a prediction.
    pub(crate) fn observe_prediction(&self, model: &str, latency: Duration) {
        let model = model.to_owned();
        self.latency
            .get_or_create(&ModelLabels { model })
            .observe(latency.as_secs_f64());
    }

    /// A prediction took longer than `default_response_timeout`.
    pub(crate) fn count_timeout(&self) {
        self.timeouts.inc();
    }

    /// A model was unregistered. Its latency is removed: the number of models is limited, that of
    /// names is not.
    pub(crate) fn forget(&self, model: &str) {
        let model = model.to_owned();
        self.latency.remove(&ModelLabels { model });
    }
}
