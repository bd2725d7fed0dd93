//! The functions of a plugin as a whole: readiness, metrics, shutdown, and the state for its
//! successor.

use host_sync::OnceFlag;
use plugin_api::{
    PluginError,
    abi::{RawLifecycleBox, RawState},
};

use super::plugin_metrics::{self, MetricFamilies};

/// A plugin as a whole: it is shut down once, at the latest when the last reference is dropped.
pub(crate) struct PluginLifecycle {
    raw: RawLifecycleBox,
    took_over: bool,
    is_told: OnceFlag,
}

impl PluginLifecycle {
    /// `had_state` is whether it was offered the state of a predecessor: without it, the plugin
    /// cannot have taken over, whatever it reports.
    pub(crate) fn new(raw: RawLifecycleBox, had_state: bool) -> Self {
        Self {
            took_over: had_state && raw.took_over(),
            raw,
            is_told: OnceFlag::new(),
        }
    }

    /// Whether the plugin took over its predecessor's state.
    pub(crate) const fn took_over(&self) -> bool {
        self.took_over
    }

    /// Whether it was shut down or retired.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.is_set()
    }

    /// The state for its successor.
    pub(crate) fn hand_over(&self) -> Option<RawState> {
        self.raw.hand_over().into_option()
    }

    /// Whether the plugin can work at this moment. A plugin must not block here; call it on a
    /// thread that may block anyway.
    ///
    /// # Errors
    /// The reason why not, in the plugin's public words. A panic in the plugin is an error too.
    pub(crate) fn ready(&self) -> Result<(), PluginError> {
        self.raw.ready().into_result().map_err(PluginError::from)
    }

    /// The plugin's own metrics at this moment; must be called on a thread that may block.
    pub(crate) fn metrics(&self) -> MetricFamilies {
        plugin_metrics::read(&self.raw)
    }

    /// A successor took over its state.
    pub(crate) fn retire(&self) {
        if self.is_told.set() {
            self.raw.retire();
        }
    }

    /// The server shuts down, or another plugin replaced it.
    pub(crate) fn shutdown(&self) {
        if self.is_told.set() {
            self.raw.shutdown();
        }
    }
}

impl Drop for PluginLifecycle {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl std::fmt::Debug for PluginLifecycle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PluginLifecycle")
            .field("is_told", &self.is_told)
            .finish_non_exhaustive()
    }
}
