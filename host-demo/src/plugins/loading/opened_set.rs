//! The plugins of a next generation, open and not yet serving.

use std::{fmt, path::PathBuf, sync::Arc};

use crate::plugins::running::{loaded::LoadedPlugin, plugin_set::Plugins};

/// The next set of plugins, and what each of them is to the last one.
#[derive(Debug)]
pub(crate) struct OpenedSet {
    pub(crate) plugins: Plugins,
    /// What became of each file, in no particular order.
    pub(crate) changes: Vec<(PathBuf, PluginChange)>,
    /// Plugins that serve no longer once this set does.
    pub(crate) replaced: Vec<ReplacedPlugin>,
}

/// What became of one plugin at a reload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PluginChange {
    /// The same bytes as before: it goes on as it is.
    Unchanged,
    /// A new build, which went on with the state of the old one.
    TookOver,
    /// A new build, which started afresh.
    Replaced,
    /// It was not there before.
    Added,
    /// Its file is gone.
    Removed,
}

/// A plugin that serves no longer.
#[derive(Debug)]
pub(crate) struct ReplacedPlugin {
    pub(crate) plugin: Arc<LoadedPlugin>,
    /// Whether its successor goes on with its state.
    pub(crate) is_taken_over: bool,
}

impl OpenedSet {
    /// Compares the plugins with those that they follow. `changes` tells what became of their files.
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
