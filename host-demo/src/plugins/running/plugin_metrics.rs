//! A plugin's own metrics; only what a scraper accepts is kept.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use abi_stable::{
    sabi_trait::TD_Opaque,
    sabi_types::RRef,
    std_types::{RSlice, RStr},
};
use parking_lot::Mutex;
use plugin_api::{
    MetricKind,
    abi::{RawEntry, RawLifecycleBox, RawMetrics, RawMetrics_TO, RawMetricsRef},
};

/// How many time series one plugin may have; more are dropped.
const SERIES_MAX: usize = 1000;

/// The longest name, value of a label or help text, in bytes.
const TEXT_BYTES_MAX: usize = 256;

/// All values with one name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MetricFamily {
    /// Counter or gauge.
    pub(crate) kind: MetricKind,
    /// One sentence.
    pub(crate) help: String,
    /// The value for each combination of labels.
    pub(crate) series: BTreeMap<Labels, f64>,
}

/// Names and values, by name.
pub(crate) type Labels = BTreeMap<String, String>;

/// By name, without the plugin's.
pub(crate) type MetricFamilies = BTreeMap<String, MetricFamily>;

/// The plugin's metrics at this moment.
pub(super) fn read(lifecycle: &RawLifecycleBox) -> MetricFamilies {
    let taken = Taken::default();
    let into: RawMetricsRef<'_> = RawMetrics_TO::from_ptr(RRef::new(&taken), TD_Opaque);
    lifecycle.metrics(&into);
    drop(into);
    taken.0.into_inner().families
}

#[derive(Debug, Default)]
struct Taken(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    families: MetricFamilies,
    series: usize,
}

// A panic that left a function of this trait would abort the process.
impl RawMetrics for Taken {
    fn sample(
        &self,
        kind: MetricKind,
        name: RStr<'_>,
        help: RStr<'_>,
        labels: RSlice<'_, RawEntry<'_>>,
        value: f64,
    ) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let labels = labels_of(labels.as_slice());
            if let (true, Some(labels)) = (is_name(name.as_str()), labels) {
                let mut collected = self.0.lock();
                collected.add(kind, name.as_str(), help.as_str(), labels, value);
            }
        }));
    }
}

impl Collected {
    /// The first type of a name and the first value of a series are kept: duplicates would make the
    /// whole exposition invalid.
    fn add(&mut self, kind: MetricKind, name: &str, help: &str, labels: Labels, value: f64) {
        let is_counter = kind == MetricKind::COUNTER;
        let is_served = is_counter && value >= 0.0 || kind == MetricKind::GAUGE;
        if !is_served || self.series >= SERIES_MAX {
            return;
        }
        let family = self
            .families
            .entry(name.to_owned())
            .or_insert_with(|| MetricFamily {
                kind,
                help: one_line(help),
                series: BTreeMap::new(),
            });
        if family.kind == kind && !family.series.contains_key(&labels) {
            family.series.insert(labels, value);
            self.series += 1;
        }
    }
}

/// A help text is rendered unescaped, so it must not contain line breaks.
fn one_line(help: &str) -> String {
    let is_plain = |character: &char| !character.is_control() && *character != '\\';
    let text = help.chars().filter(is_plain);
    text.take(TEXT_BYTES_MAX).collect()
}

/// None if a label has no valid name or is repeated.
fn labels_of(entries: &[RawEntry<'_>]) -> Option<Labels> {
    let mut labels = Labels::new();
    for RawEntry { key, value } in entries {
        let is_good = is_name(key.as_str()) && value.len() <= TEXT_BYTES_MAX;
        let before = labels.insert(key.to_string(), value.to_string());
        if !is_good || before.is_some() {
            return None;
        }
    }
    Some(labels)
}

/// Prometheus' names, without the colon of rules and the underscores of the scraper.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= TEXT_BYTES_MAX
        && name.bytes().all(is_inner)
        && !name.ends_with("_total")
}

#[cfg(test)]
mod tests;
