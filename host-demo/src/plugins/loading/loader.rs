//! From the plugins folder to a set of plugins: the first one, and each that follows.

use std::{path::PathBuf, sync::Arc, time::Duration};

use parking_lot::Mutex;
use plugin_api::EndpointType;

use super::{
    candidate::Candidate,
    copied_file::CopiedFile,
    error::PluginLoadError,
    file_set::{self, CheckedFile},
    library,
    loaded_set::{LoadedSet, OpenStep},
    open::Library,
    open_thread,
    opened_set::{OpenedSet, PluginChange},
    private_copies::PrivateCopies,
    probe::FileProbe,
};
use crate::{
    config::{Config, PluginTrust, Settings, TokenAuthorization},
    plugins::{
        log_target::PLUGINS,
        running::{loaded::LoadedPlugin, plugin_set::Plugins},
        trust::gate::Gate,
    },
};

#[cfg(test)]
mod tests;

/// Whether the host itself has paths with this first segment, on the listener of this type.
pub(crate) type IsBuiltIn = fn(EndpointType, &str) -> bool;

/// Loads plugins from one folder.
#[derive(Debug)]
pub(crate) struct Loader {
    folder: Option<PathBuf>,
    trust: PluginTrust,
    with_token_plugin: bool,
    is_built_in: IsBuiltIn,
    copies: Mutex<Option<Arc<PrivateCopies>>>,
    probe: Option<FileProbe>,
    open_time_limit: Duration,
}

impl Loader {
    /// Reads nothing yet.
    pub(crate) fn new(config: &Config, is_built_in: IsBuiltIn) -> Self {
        Self {
            folder: config.plugins_path.clone(),
            trust: config.plugin_trust.clone(),
            probe: FileProbe::new(config),
            open_time_limit: config.plugin_opening.time_limit,
            with_token_plugin: config.token.authorization != TokenAuthorization::Disable,
            is_built_in,
            copies: Mutex::default(),
        }
    }

    /// How many threads still run the opening function of a plugin that was given up.
    pub(crate) fn open_threads_left() -> u64 {
        open_thread::abandoned()
    }

    /// How many libraries are in memory of which no plugin serves.
    pub(crate) fn libraries_left(serving: &Plugins) -> u64 {
        library::loaded().saturating_sub(serving.loaded().len() as u64)
    }

    /// Removes the copies that the libraries were loaded from; the libraries stay in memory.
    pub(crate) fn remove_copies(&self) {
        if let Some(copies) = self.copies.lock().as_ref() {
            copies.remove();
        }
    }

    /// Reads every shared library of the folder, in the order of their names, and loads those that do
    /// not serve already with these settings, without opening them yet.
    ///
    /// # Errors
    /// A plugin that cannot be loaded fails the whole set: without its token plugin the server
    /// would be open. The old plugins are unchanged.
    pub(crate) fn load(
        &self,
        settings: &Settings,
        old: &Plugins,
    ) -> Result<LoadedSet, PluginLoadError> {
        let Some(folder) = &self.folder else {
            return Ok(LoadedSet::new(Vec::new()));
        };
        let gate = Gate::open(folder, &self.trust)?;
        let copies = self.copies()?;
        let mut files = Vec::new();
        for path in gate.libraries()? {
            files.push(checked_file(&gate, path, settings, old)?);
        }
        file_set::check(&files)?;
        // The copies that are not loaded in the end are deleted.
        let copied = files.into_iter().map(|file| CopiedFile::new(file, &copies));
        let copied = copied.collect::<Result<Vec<_>, _>>()?;
        if let Some(probe) = &self.probe {
            let new: Vec<_> = copied.iter().filter_map(CopiedFile::as_new).collect();
            probe
                .run(&new, settings)
                .map_err(|(path, reason)| PluginLoadError::Probe { path, reason })?;
        }
        // Only now, because a loaded library stays in memory, even if another file is invalid.
        let steps = copied.into_iter().map(CopiedFile::load);
        Ok(LoadedSet::new(steps.collect::<Result<_, _>>()?))
    }

    /// Opens the new plugins. Each gets the state of the old one with its name. `pause` is called before the
    /// plugins that have to do with keys are opened, the last ones, and what it returns is returned, too.
    ///
    /// # Errors
    /// A plugin cannot be opened, the set is inconsistent, or the error of `pause`; the old plugins are
    /// unchanged.
    pub(crate) fn open<P, E: From<PluginLoadError>>(
        &self,
        settings: &Arc<Settings>,
        set: LoadedSet,
        old: &Plugins,
        generation: u64,
        pause: impl FnOnce() -> Result<P, E>,
    ) -> Result<(OpenedSet, P), E> {
        let (of_keys, others) = set.into_steps(old);
        let mut opened = Vec::new();
        for step in others {
            opened.push(self.open_one(step, settings, old, generation)?);
        }
        let paused = pause()?;
        for step in of_keys {
            opened.push(self.open_one(step, settings, old, generation)?);
        }
        opened.sort_by(|(left, _), (right, _)| left.identity.file.cmp(&right.identity.file));
        let changes = opened
            .iter()
            .map(|(plugin, change)| (plugin.identity.file.clone(), *change));
        let changes = changes.collect();
        let loaded = opened.into_iter().map(|(plugin, _)| plugin).collect();
        let plugins =
            Plugins::new(loaded, self.with_token_plugin).map_err(PluginLoadError::from)?;
        self.warn_of_built_in_paths(&plugins);
        Ok((OpenedSet::new(plugins, changes, old), paused))
    }

    fn open_one(
        &self,
        step: OpenStep,
        settings: &Arc<Settings>,
        old: &Plugins,
        generation: u64,
    ) -> Result<(Arc<LoadedPlugin>, PluginChange), PluginLoadError> {
        let (plugin, change) = match step {
            OpenStep::Keep(plugin) => (plugin, PluginChange::Unchanged),
            OpenStep::Open(library) => self.open_library(library, settings, old, generation)?,
        };
        tracing::debug!(target: PLUGINS, "{:?}: {change:?}", plugin.identity);
        Ok((plugin, change))
    }

    fn open_library(
        &self,
        library: Library,
        settings: &Arc<Settings>,
        old: &Plugins,
        generation: u64,
    ) -> Result<(Arc<LoadedPlugin>, PluginChange), PluginLoadError> {
        let mut of_that_name = old.loaded().iter();
        let predecessor = of_that_name.find(|one| one.identity.name == library.name());
        let state = predecessor.and_then(|one| one.lifecycle.hand_over());
        let plugin = library.open(settings, state, generation, self.open_time_limit)?;
        for endpoint in &plugin.endpoints {
            let pattern = endpoint.url_pattern();
            tracing::info!(target: PLUGINS, "Loading plugin for endpoint {pattern}");
        }
        if plugin
            .token
            .as_ref()
            .is_some_and(|token| !token.makes_keys())
        {
            let name = &plugin.identity.name;
            tracing::info!(target: PLUGINS, "Loading token plugin {name}, which makes no keys");
        }
        let change = match predecessor {
            None => PluginChange::Added,
            Some(_) if plugin.lifecycle.took_over() => PluginChange::TookOver,
            Some(_) => PluginChange::Replaced,
        };
        Ok((Arc::new(plugin), change))
    }

    fn warn_of_built_in_paths(&self, plugins: &Plugins) {
        for plugin in plugins.loaded() {
            for endpoint in &plugin.endpoints {
                let pattern = endpoint.url_pattern();
                if (self.is_built_in)(endpoint.endpoint_type(), pattern) {
                    tracing::warn!(
                        target: PLUGINS,
                        "{} of {} shadows the built-in /{pattern}",
                        endpoint.plugin(),
                        plugin.identity.file.display()
                    );
                }
            }
        }
    }

    /// The folder of the copies, created when it is needed, and again if it was deleted.
    fn copies(&self) -> Result<Arc<PrivateCopies>, PluginLoadError> {
        let mut copies = self.copies.lock();
        if let Some(folder) = copies.as_ref().filter(|folder| folder.is_in_place()) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(PrivateCopies::create(&self.trust)?);
        if let Some(deleted) = copies.replace(Arc::clone(&folder)) {
            tracing::warn!(
                target: PLUGINS,
                "folder for copies of plugins {}: deleted, replaced by {}",
                deleted.path().display(),
                folder.path().display()
            );
        }
        Ok(folder)
    }
}

/// Runs every check on one file. A file with the same path and bytes keeps its plugin, unless the plugin
/// has read a setting that is another one now.
fn checked_file(
    gate: &Gate,
    path: PathBuf,
    settings: &Settings,
    old: &Plugins,
) -> Result<CheckedFile, PluginLoadError> {
    let file = match gate.read(&path) {
        Ok(file) => file,
        Err(reason) => return Err(PluginLoadError::NotTrusted { path, reason }),
    };
    let candidate = match Candidate::inspect(file) {
        Ok(candidate) => candidate,
        Err(reason) => return Err(PluginLoadError::File { path, reason }),
    };
    let mut loaded = old.loaded().iter();
    let same = loaded.find(|one| one.is(&candidate.path, candidate.sha256, settings));
    Ok(same.map_or_else(
        || CheckedFile::New(Box::new(candidate)),
        |plugin| CheckedFile::Known(Arc::clone(plugin)),
    ))
}
