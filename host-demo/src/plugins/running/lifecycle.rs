//! The plugin as a whole: whether it is ready, its metrics, how it ends, what it leaves to its successor.

use std::sync::atomic::{AtomicBool, Ordering};

use plugin_api::{
    PluginError,
    abi::{RawLifecycleBox, RawState},
};

use super::plugin_metrics::{self, MetricFamilies};

/// The plugin as a whole: told of its end once, at the latest when the last user lets go.
pub(crate) struct PluginLifecycle {
    raw: RawLifecycleBox,
    took_over: bool,
    is_told: AtomicBool,
}

impl PluginLifecycle {
    /// `had_state` is whether it was offered the state of a predecessor: without, whatever it says,
    /// it cannot go on with one.
    pub(crate) fn new(raw: RawLifecycleBox, had_state: bool) -> Self {
        Self {
            took_over: had_state && raw.took_over(),
            raw,
            is_told: AtomicBool::new(false),
        }
    }

    /// Whether the plugin goes on with its predecessor's state.
    pub(crate) const fn took_over(&self) -> bool {
        self.took_over
    }

    /// Whether it was told of its end.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    /// What its successor may go on with.
    pub(crate) fn hand_over(&self) -> Option<RawState> {
        self.raw.hand_over().into_option()
    }

    /// Whether the plugin can do its work at this moment. A plugin must not block here; call it on a thread that may
    /// block anyway.
    ///
    /// # Errors
    /// Why not, in the plugin's public words. A panic in the plugin is an error too.
    pub(crate) fn ready(&self) -> Result<(), PluginError> {
        self.raw.ready().into_result().map_err(PluginError::from)
    }

    /// The plugin's own metrics at this moment; call it on a thread that may block.
    pub(crate) fn metrics(&self) -> MetricFamilies {
        plugin_metrics::read(&self.raw)
    }

    /// A successor went on with its state.
    pub(crate) fn retire(&self) {
        if !self.is_told.swap(true, Ordering::AcqRel) {
            self.raw.retire();
        }
    }

    /// The server ends, or another plugin replaced it.
    pub(crate) fn shutdown(&self) {
        if !self.is_told.swap(true, Ordering::AcqRel) {
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
