//! The plugins of the next generation, loaded and not yet open.

use std::{fmt, sync::Arc};

use super::{inspect::ManifestEndpoint, open::Library};
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

    /// The steps for new plugins that have to do with keys, and all others.
    pub(super) fn into_steps(self, old: &Plugins) -> (Vec<OpenStep>, Vec<OpenStep>) {
        let token_plugin = old.loaded_token_plugin();
        let old_name = token_plugin.map(|plugin| plugin.identity.name.as_str());
        let has_keys = |library: &Library| {
            let mut endpoints = library.declared().iter();
            old_name == Some(library.name()) || endpoints.any(ManifestEndpoint::is_token)
        };
        let steps = self.0.into_iter();
        steps.partition(|step| matches!(step, OpenStep::Open(library) if has_keys(library)))
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
