//! The plugins of the next generation, loaded and not yet open.

use std::{fmt, sync::Arc};

use super::open::Library;
use crate::plugins::running::{loaded::LoadedPlugin, plugin_set::Plugins};

/// The step for each plugin, in the order of the files.
pub(crate) struct LoadedSet(Vec<OpenStep>);

/// The step for one plugin.
pub(super) enum OpenStep {
    /// It serves already and is kept.
    Keep(Arc<LoadedPlugin>),
    Open(Library),
}

impl LoadedSet {
    pub(super) const fn new(steps: Vec<OpenStep>) -> Self {
        Self(steps)
    }

    /// Whether every plugin already serves.
    pub(crate) fn is_unchanged(&self, old: &Plugins) -> bool {
        self.0.len() == old.loaded().len()
            && self.0.iter().all(|step| matches!(step, OpenStep::Keep(_)))
    }

    pub(super) fn into_steps(self) -> Vec<OpenStep> {
        self.0
    }
}

impl fmt::Debug for LoadedSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoadedSet")
            .field("plugins", &self.0.len())
            .finish()
    }
}
