//! The plugins' own metrics, as a registry that is rendered after the host's.

use std::{collections::BTreeSet, fmt, sync::Arc};

use plugin_api::MetricKind;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use super::{
    loaded::LoadedPlugin,
    plugin_metrics::{MetricFamilies, MetricFamily},
};

/// Reads the metrics of every plugin; must be called on a thread that may block.
///
/// The name of a metric is `plugin_`, the plugin's name and the plugin's name for the metric. Of two that
/// are the same after that, the first one counts: a scraper accepts no name twice.
pub(crate) fn registry(plugins: &[Arc<LoadedPlugin>]) -> Registry {
    let families = plugins.iter().map(|plugin| {
        let name = plugin.identity.name.as_str();
        (name, plugin.lifecycle.metrics())
    });
    let mut registry = Registry::with_prefix("plugin");
    registry.register_collector(Box::new(Families::of(families)));
    registry
}

/// Metrics under their whole names.
#[derive(Debug)]
struct Families(Vec<(String, MetricFamily)>);

impl Families {
    fn of<'p>(plugins: impl Iterator<Item = (&'p str, MetricFamilies)>) -> Self {
        let (mut names, mut all) = (BTreeSet::new(), Vec::new());
        for (plugin, families) in plugins {
            for (name, family) in families {
                let name = format!("{}_{name}", snake_case(plugin));
                if names.insert(name.clone()) {
                    all.push((name, family));
                }
            }
        }
        Self(all)
    }
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, family) in &self.0 {
            let metric_type = if family.kind == MetricKind::COUNTER {
                MetricType::Counter
            } else {
                MetricType::Gauge
            };
            let mut metric = encoder.encode_descriptor(name, &family.help, None, metric_type)?;
            for (labels, &value) in &family.series {
                let labels: Vec<(&str, &str)> = labels
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let encoder = metric.encode_family(&labels)?;
                if family.kind == MetricKind::COUNTER {
                    ConstCounter::new(value).encode(encoder)?;
                } else {
                    ConstGauge::new(value).encode(encoder)?;
                }
            }
        }
        Ok(())
    }
}

/// A package name as part of a metric's name.
fn snake_case(plugin: &str) -> String {
    plugin
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
