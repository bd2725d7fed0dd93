//! What is counted of plugins and of the generations in which they serve.

use plugin_api::TokenType;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{
    labels::{PluginCall, ReloadOutcome},
    registered::registered,
};

/// Rare events: one counter for all threads.
#[derive(Debug)]
pub(crate) struct PluginMetrics {
    rotations: Family<RotationLabels, Counter>,
    errors: Family<PluginLabels, Counter>,
    timeouts: Family<PluginCallLabels, Counter>,
    reloads: Family<ReloadLabels, Counter>,
    generation: Gauge,
    libraries_left: Gauge,
    open_threads_left: Gauge,
    probe_refusals: Counter,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RotationLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PluginLabels {
    plugin: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PluginCallLabels {
    call: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ReloadLabels {
    outcome: &'static str,
}

impl PluginMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            rotations: registered(
                registry,
                "token_rotations",
                "Keys replaced through /token, by kind",
                Family::default(),
            ),
            errors: registered(
                registry,
                "plugin_errors",
                "Calls of plugin endpoints that failed or panicked",
                Family::default(),
            ),
            timeouts: registered(
                registry,
                "plugin_timeouts",
                "Calls of plugins that did not return in time, by call",
                Family::default(),
            ),
            reloads: registered(
                registry,
                "plugin_reloads",
                "Reloads of the plugins folder, by outcome",
                Family::default(),
            ),
            generation: registered(
                registry,
                "plugin_generation",
                "The generation of plugins that serves, counted from 1",
                Gauge::default(),
            ),
            libraries_left: registered(
                registry,
                "plugin_libraries_left",
                "Libraries that stay in memory although none of their plugins serves any more",
                Gauge::default(),
            ),
            open_threads_left: registered(
                registry,
                "plugin_open_threads_left",
                "Threads on which a plugin's opening function was given up and has not returned, at the last reload",
                Gauge::default(),
            ),
            probe_refusals: registered(
                registry,
                "plugin_probe_refusals",
                "Reloads that failed because a plugin ended the process that loaded it on trial, or could not be loaded there",
                Counter::default(),
            ),
        };
        metrics.expose();
        metrics
    }

    /// Exposes the counters from the start, so that the first increment is visible as one.
    fn expose(&self) {
        for kind in [TokenType::MANAGEMENT, TokenType::INFERENCE] {
            let kind = kind.as_str();
            let _ = self.rotations.get_or_create(&RotationLabels { kind });
        }
        for call in PluginCall::ALL {
            let call = call.as_str();
            let _ = self.timeouts.get_or_create(&PluginCallLabels { call });
        }
        for outcome in ReloadOutcome::ALL {
            let outcome = outcome.as_str();
            let _ = self.reloads.get_or_create(&ReloadLabels { outcome });
        }
    }

    /// A key was replaced.
    pub(crate) fn count_rotation(&self, token_type: TokenType) {
        let kind = token_type.as_str();
        self.rotations.get_or_create(&RotationLabels { kind }).inc();
    }

    /// A call of this plugin's endpoint failed.
    pub(crate) fn count_error(&self, plugin: &str) {
        let plugin = plugin.to_owned();
        self.errors.get_or_create(&PluginLabels { plugin }).inc();
    }

    /// A call of the plugins did not return in time.
    pub(crate) fn count_timeout(&self, call: PluginCall) {
        let call = call.as_str();
        self.timeouts
            .get_or_create(&PluginCallLabels { call })
            .inc();
    }

    /// The plugins folder was reloaded.
    pub(crate) fn count_reload(&self, succeeded: bool) {
        let outcome = ReloadOutcome::of(succeeded).as_str();
        self.reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// Which generation serves now, and how many libraries no longer serve.
    pub(crate) fn set_generation(&self, number: u64, libraries_left: u64) {
        let gauge = |value| i64::try_from(value).unwrap_or(i64::MAX);
        self.generation.set(gauge(number));
        self.libraries_left.set(gauge(libraries_left));
    }

    /// How many threads still open a plugin that was given up.
    pub(crate) fn set_open_threads_left(&self, threads: u64) {
        let threads = i64::try_from(threads).unwrap_or(i64::MAX);
        self.open_threads_left.set(threads);
    }

    /// A reload failed because of a plugin that was loaded on trial.
    pub(crate) fn count_probe_refusal(&self) {
        self.probe_refusals.inc();
    }
}
