//! What the server counts, in Prometheus' text form.
//!
//! On every request's way only counters of the serving thread are touched; they are added up when
//! somebody asks. What happens rarely is counted in one place.

use std::{sync::Arc, time::Duration};

use plugin_api::TokenType;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use self::collector::WorkerCollector;
pub(crate) use self::worker::WorkerMetrics;

mod collector;
mod worker;

/// The upper bounds of the latency buckets, in seconds.
const LATENCY_BUCKETS_SEC: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0,
];

/// All metrics of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    rotations: Family<RotationLabels, Counter>,
    plugin_errors: Family<PluginLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    generation: Gauge,
    libraries_left: Gauge,
    inference_latency: Family<ModelLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RotationLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReloadLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PluginLabels {
    plugin: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ModelLabels {
    model: String,
}

impl Metrics {
    /// `listeners` are the names of the listeners, `workers` the counters of the serving threads.
    pub(crate) fn new(listeners: Vec<String>, workers: Vec<Arc<WorkerMetrics>>) -> Self {
        let mut registry = Registry::with_prefix("host_demo");
        let new_histogram: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS_SEC);
        let inference_latency = Family::new_with_constructor(new_histogram);
        let rotations = Family::<RotationLabels, Counter>::default();
        let (plugin_errors, reloads) = (Family::default(), Family::default());
        let (generation, libraries_left) = (Gauge::default(), Gauge::default());
        // A counter that is there from the start shows its first step, too.
        for kind in [TokenType::MANAGEMENT, TokenType::INFERENCE] {
            let _ = rotations.get_or_create(&RotationLabels {
                kind: kind.as_str(),
            });
        }
        registry.register(
            "build",
            "The version of the server",
            Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "token_rotations",
            "Keys replaced through /token, by kind",
            Family::clone(&rotations),
        );
        registry.register(
            "plugin_errors",
            "Calls of plugin endpoints that failed or panicked",
            Family::clone(&plugin_errors),
        );
        registry.register(
            "plugin_reloads",
            "Reloads of the plugins folder, by outcome",
            Family::clone(&reloads),
        );
        registry.register(
            "plugin_generation",
            "The generation of plugins that serves, counted from 1",
            Gauge::clone(&generation),
        );
        registry.register(
            "plugin_libraries_left",
            "Libraries that stay in memory though no plugin of them serves any more",
            Gauge::clone(&libraries_left),
        );
        registry.register(
            "inference_latency_seconds",
            "Time from a complete image to its prediction",
            Family::clone(&inference_latency),
        );
        registry.register_collector(Box::new(WorkerCollector::new(listeners, workers)));
        Self {
            registry,
            rotations,
            plugin_errors,
            reloads,
            generation,
            libraries_left,
            inference_latency,
        }
    }

    /// A key was replaced.
    pub(crate) fn count_rotation(&self, token_type: TokenType) {
        self.rotations
            .get_or_create(&RotationLabels {
                kind: token_type.as_str(),
            })
            .inc();
    }

    /// The plugins folder was read again.
    pub(crate) fn count_reload(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// What serves now, and how many libraries serve no longer.
    pub(crate) fn set_generation(&self, number: u64, libraries_left: u64) {
        let gauge = |value| i64::try_from(value).unwrap_or(i64::MAX);
        self.generation.set(gauge(number));
        self.libraries_left.set(gauge(libraries_left));
    }

    /// A call of a plugin's endpoint failed.
    pub(crate) fn count_plugin_error(&self, plugin: &str) {
        self.plugin_errors
            .get_or_create(&PluginLabels {
                plugin: plugin.to_owned(),
            })
            .inc();
    }

    /// A model answered.
    pub(crate) fn observe_inference(&self, model: &str, latency: Duration) {
        let labels = ModelLabels {
            model: model.to_owned(),
        };
        self.inference_latency
            .get_or_create(&labels)
            .observe(latency.as_secs_f64());
    }

    /// A model is gone, and its latency with it: the number of models is limited, that of names is not.
    pub(crate) fn forget_model(&self, model: &str) {
        self.inference_latency.remove(&ModelLabels {
            model: model.to_owned(),
        });
    }

    /// The text for a Prometheus server.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a string cannot fail; an empty answer would only hide a defect of a collector.
            Err(error) => format!("# the metrics cannot be encoded: {error}\n"),
        }
    }
}
