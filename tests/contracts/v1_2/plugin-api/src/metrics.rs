use std::fmt;

use abi_stable::std_types::{RSlice, RStr};

use crate::{
    abi::{RawEntry, RawMetrics, RawMetricsRef},
    open_integer::open_integer,
};

open_integer! {
    /// The kind of a metric. A host ignores a metric of a kind that it does not know.
    ///
    /// # Since
    /// 1.1
    MetricKind {
        /// `counter`: never decreases while the plugin serves.
        COUNTER = 1, "counter";
        /// `gauge`: can decrease.
        GAUGE = 2, "gauge";
    }
}

/// Receives a plugin's own metrics while the host reads them; see [`Plugin::metrics`](crate::Plugin::metrics).
///
/// Names of metrics and labels match `[a-zA-Z][a-zA-Z0-9_]*`. The host puts the plugin's name before the name of a
/// metric and appends `_total` to a counter, so a name contains neither. The unit is part of the name: `age_seconds`.
/// Every combination of label values is a time series, of which the host keeps a limited number for each plugin. No
/// label may contain a key.
///
/// # Since
/// 1.1
pub struct Metrics<'a> {
    raw: &'a (dyn RawMetrics + 'a),
}

impl<'a> Metrics<'a> {
    pub(crate) const fn new(raw: &'a RawMetricsRef<'_>) -> Self {
        Self { raw }
    }

    /// A number that never decreases while the plugin serves. `help` is one sentence, the same for all labels.
    pub fn counter(&self, name: &str, help: &str, labels: &[(&str, &str)], value: u64) {
        // Prometheus counts in floating point, too.
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to 2^53, as in Prometheus itself"
        )]
        self.sample(MetricKind::COUNTER, name, help, labels, value as f64);
    }

    /// A number that can decrease. `help` is one sentence, the same for all labels.
    pub fn gauge(&self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        self.sample(MetricKind::GAUGE, name, help, labels, value);
    }

    fn sample(
        &self,
        kind: MetricKind,
        name: &str,
        help: &str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let labels = entries(labels);
        self.raw.sample(
            kind,
            RStr::from_str(name),
            RStr::from_str(help),
            RSlice::from_slice(&labels),
            value,
        );
    }
}

impl fmt::Debug for Metrics<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Names and values in the type that crosses the boundary.
pub(crate) fn entries<'a>(pairs: &'a [(&'a str, &'a str)]) -> Vec<RawEntry<'a>> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| RawEntry {
            key: RStr::from_str(key),
            value: RStr::from_str(value),
        })
        .collect()
}
