use abi_stable::{
    sabi_trait,
    sabi_types::RRef,
    std_types::{RSlice, RStr},
};

use super::RawEntry;
use crate::MetricKind;

/// [`Metrics`](crate::Metrics) across the boundary: lent by the host while metrics are read. Since 1.1.
#[sabi_trait]
pub trait RawMetrics: Send + Sync {
    /// Takes one value. The host ignores one with a kind, name or labels that it cannot show.
    #[sabi(last_prefix_field)]
    fn sample(
        &self,
        kind: MetricKind,
        name: RStr<'_>,
        help: RStr<'_>,
        labels: RSlice<'_, RawEntry<'_>>,
        value: f64,
    );
}

/// A borrowed [`RawMetrics`].
pub type RawMetricsRef<'a> = RawMetrics_TO<'a, RRef<'a, ()>>;
