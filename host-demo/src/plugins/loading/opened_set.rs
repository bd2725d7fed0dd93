//! The plugins of the next generation, open and not yet serving.

use std::{fmt, path::PathBuf, sync::Arc};

use crate::plugins::running::{loaded::LoadedPlugin, plugin_set::Plugins};

/// The next set of plugins, and how each of them relates to the last set.
#[derive(Debug)]
pub(crate) struct OpenedSet {
    pub(crate) plugins: Plugins,
    /// The change of each file, in no particular order.
    pub(crate) changes: Vec<(PathBuf, PluginChange)>,
    /// Plugins that no longer serve once this set does.
    pub(crate) replaced: Vec<ReplacedPlugin>,
}

/// The change of one plugin at a reload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PluginChange {
    /// The same bytes as before: it is kept.
    Unchanged,
    /// A new build, which took over the state of the old one.
    TookOver,
    /// A new build, which started without state.
    Replaced,
    /// It is new.
    Added,
    /// Its file was removed.
    Removed,
}

/// A plugin that no longer serves.
#[derive(Clone, Debug)]
pub(crate) struct ReplacedPlugin {
    pub(crate) plugin: Arc<LoadedPlugin>,
    /// Whether its successor took over its state.
    pub(crate) is_taken_over: bool,
}

impl OpenedSet {
    /// Compares the plugins with those that they follow. `changes` has the change of each file.
    pub(super) fn new(
        plugins: Plugins,
        mut changes: Vec<(PathBuf, PluginChange)>,
        old: &Plugins,
    ) -> Self {
        let replaced: Vec<_> = replaced(old, &plugins).collect();
        let removed = replaced
            .iter()
            .map(|one| &one.plugin.identity)
            .filter(|identity| successor(&plugins, &identity.name).is_none());
        changes.extend(removed.map(|identity| (identity.file.clone(), PluginChange::Removed)));
        Self {
            plugins,
            changes,
            replaced,
        }
    }
}

impl fmt::Display for PluginChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unchanged => "unchanged",
            Self::TookOver => "took over",
            Self::Replaced => "replaced",
            Self::Added => "added",
            Self::Removed => "removed",
        })
    }
}

/// The plugins of `old` that are not in `new`.
fn replaced(old: &Plugins, new: &Plugins) -> impl Iterator<Item = ReplacedPlugin> {
    let is_kept =
        |plugin: &Arc<LoadedPlugin>| new.loaded().iter().any(|one| Arc::ptr_eq(one, plugin));
    old.loaded()
        .iter()
        .filter(move |plugin| !is_kept(plugin))
        .map(|plugin| ReplacedPlugin {
            plugin: Arc::clone(plugin),
            is_taken_over: successor(new, &plugin.identity.name)
                .is_some_and(|one| one.lifecycle.took_over()),
        })
}

fn successor<'p>(plugins: &'p Plugins, name: &str) -> Option<&'p Arc<LoadedPlugin>> {
    plugins
        .loaded()
        .iter()
        .find(|one| one.identity.name == name)
}
