use std::sync::{Mutex, PoisonError};

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{RSlice, RStr},
};

use crate::{
    MetricKind,
    abi::{RawEntry, RawLifecycleBox, RawMetrics, RawMetrics_TO, RawMetricsRef},
};

/// One value of a plugin's own metrics.
///
/// # Since
/// 1.1
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TestMetric {
    /// What it counts.
    pub kind: MetricKind,
    /// Without the plugin's name.
    pub name: String,
    /// One sentence.
    pub help: String,
    /// Names and values, in the plugin's order.
    pub labels: Vec<(String, String)>,
    /// Its value.
    pub value: f64,
}

#[derive(Debug, Default)]
struct Taken(Mutex<Vec<TestMetric>>);

impl RawMetrics for Taken {
    fn sample(
        &self,
        kind: MetricKind,
        name: RStr<'_>,
        help: RStr<'_>,
        labels: RSlice<'_, RawEntry<'_>>,
        value: f64,
    ) {
        let labels = labels.as_slice().iter();
        let metric = TestMetric {
            kind,
            name: name.to_string(),
            help: help.to_string(),
            labels: labels
                .map(|label| (label.key.to_string(), label.value.to_string()))
                .collect(),
            value,
        };
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(metric);
    }
}

pub(super) fn of(lifecycle: &RawLifecycleBox) -> Vec<TestMetric> {
    let taken = Taken::default();
    let into: RawMetricsRef<'_> = RawMetrics_TO::from_ptr(RRef::new(&taken), TD_Opaque);
    lifecycle.metrics(&into);
    drop(into);
    taken.0.into_inner().unwrap_or_else(PoisonError::into_inner)
}
