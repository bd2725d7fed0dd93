//! The plugins folder becomes a generation of plugins: the first one, and each that takes its place.

use std::{collections::BTreeSet, fmt, path::PathBuf, sync::Arc};

use parking_lot::Mutex;
use plugin_api::abi::RawState;

use super::{
    error::PluginLoadError,
    found::{Found, check_set},
    open::Library,
    private_copies::PrivateCopies,
};
use crate::config::{Config, PluginTrust, Settings, TokenAuthorization};
use crate::plugins::{
    running::{
        host_api::{PLUGINS, ReadSettings},
        loaded::LoadedPlugin,
        plugin_set::Plugins,
    },
    trust::gate::Gate,
};

/// Loads plugins from one folder, with the same settings each time.
#[derive(Debug)]
pub(crate) struct Loader {
    folder: Option<PathBuf>,
    trust: PluginTrust,
    settings: Arc<Settings>,
    read: ReadSettings,
    with_token_plugin: bool,
    copies: Mutex<Option<Arc<PrivateCopies>>>,
}

/// What became of one plugin at a reload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
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

impl fmt::Display for Outcome {
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

/// The next generation, open but not yet serving, and what each of its plugins is to the last one.
#[derive(Debug)]
pub(crate) struct Successor {
    pub(crate) plugins: Plugins,
    pub(crate) outcomes: Vec<(PathBuf, Outcome)>,
    /// Plugins that serve no longer once this generation does, and whether each was taken over.
    pub(crate) replaced: Vec<(Arc<LoadedPlugin>, bool)>,
}

impl Loader {
    /// Nothing is looked at yet.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            folder: config.plugins_path.clone(),
            trust: config.plugin_trust.clone(),
            settings: Arc::new(config.settings.clone()),
            read: Arc::default(),
            with_token_plugin: config.token.authorization != TokenAuthorization::Disable,
            copies: Mutex::default(),
        }
    }

    /// The settings in force, which plugins may read.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings)
    }

    /// The settings that plugins asked for so far.
    pub(crate) fn settings_read(&self) -> BTreeSet<String> {
        self.read.lock().clone()
    }

    /// Loads every shared library of the folder, in the order of their names.
    ///
    /// # Errors
    /// One plugin that cannot be loaded refuses all: a server whose token plugin is missing because
    /// it failed would be open.
    pub(crate) fn load(&self) -> Result<Plugins, PluginLoadError> {
        Ok(self
            .prepare(&Plugins::default())?
            .open(self, &Plugins::default(), 1)?
            .plugins)
    }

    /// Removes the copies that the libraries were loaded from; the libraries go on.
    pub(crate) fn remove_copies(&self) {
        if let Some(copies) = self.copies.lock().as_ref() {
            copies.remove();
        }
    }

    /// The folder of the copies, made when the first one is needed.
    fn copies(&self) -> Result<Arc<PrivateCopies>, PluginLoadError> {
        let mut copies = self.copies.lock();
        let folder = match copies.take() {
            Some(folder) => folder,
            None => Arc::new(PrivateCopies::create(&self.trust)?),
        };
        Ok(Arc::clone(copies.insert(folder)))
    }

    /// Reads the folder again and loads what changed, without opening it yet.
    ///
    /// # Errors
    /// As [`load`](Self::load); the old plugins are untouched.
    pub(crate) fn prepare(&self, old: &Plugins) -> Result<Prepared, PluginLoadError> {
        let Some(folder) = &self.folder else {
            return Ok(Prepared(Vec::new()));
        };
        let gate = Gate::open(folder, &self.trust)?;
        let copies = self.copies()?;
        let mut found = Vec::new();
        for file in gate.libraries()? {
            let candidate = gate.admit(file)?;
            let same = old
                .loaded()
                .iter()
                .find(|one| one.is(&candidate.path, candidate.sha256));
            found.push(match same {
                Some(plugin) => Found::Known(Arc::clone(plugin)),
                None => Found::New(candidate),
            });
        }
        check_set(&found)?;
        // Only now, because a library that was loaded stays for good, also if another file is bad.
        let steps = found.into_iter().map(|found| match found {
            Found::Known(plugin) => Ok(Step::Keep(plugin)),
            Found::New(candidate) => Library::load(candidate, &copies).map(Step::Open),
        });
        Ok(Prepared(steps.collect::<Result<_, _>>()?))
    }
}

/// The plugins of a next generation, loaded and not open.
pub(crate) struct Prepared(Vec<Step>);

enum Step {
    Keep(Arc<LoadedPlugin>),
    Open(Library),
}

impl Prepared {
    /// Whether every plugin is the one that serves already.
    pub(crate) fn is_unchanged(&self, old: &Plugins) -> bool {
        self.0.len() == old.loaded().len()
            && self.0.iter().all(|step| matches!(step, Step::Keep(_)))
    }

    /// Opens what is new. Each plugin gets the state of the one with its name.
    ///
    /// # Errors
    /// A plugin cannot be opened, or the set does not fit together; the old plugins go on.
    pub(crate) fn open(
        self,
        loader: &Loader,
        old: &Plugins,
        generation: u64,
    ) -> Result<Successor, PluginLoadError> {
        let mut loaded = Vec::with_capacity(self.0.len());
        let mut outcomes = Vec::with_capacity(self.0.len());
        for step in self.0 {
            let (plugin, outcome) = match step {
                Step::Keep(plugin) => (plugin, Outcome::Unchanged),
                Step::Open(library) => {
                    let predecessor = old
                        .loaded()
                        .iter()
                        .find(|one| one.identity.name == library.name());
                    let state: Option<RawState> = predecessor.and_then(|one| one.owner.hand_over());
                    let plugin = library.open(&loader.settings, &loader.read, state, generation)?;
                    for endpoint in &plugin.endpoints {
                        let pattern = endpoint.url_pattern();
                        tracing::info!(target: PLUGINS, "Loading plugin for endpoint {pattern}");
                    }
                    let outcome = match predecessor {
                        None => Outcome::Added,
                        Some(_) if plugin.owner.took_over() => Outcome::TookOver,
                        Some(_) => Outcome::Replaced,
                    };
                    (Arc::new(plugin), outcome)
                }
            };
            tracing::debug!(target: PLUGINS, "{:?}: {outcome:?}", plugin.identity);
            outcomes.push((plugin.identity.file.clone(), outcome));
            loaded.push(plugin);
        }
        let plugins = Plugins::new(loaded, loader.with_token_plugin)?;
        let replaced = replaced(old, &plugins);
        let gone = replaced
            .iter()
            .filter(|(plugin, _)| !is_named(&plugins, plugin));
        outcomes.extend(gone.map(|(plugin, _)| (plugin.identity.file.clone(), Outcome::Removed)));
        Ok(Successor {
            plugins,
            outcomes,
            replaced,
        })
    }
}

fn is_named(plugins: &Plugins, plugin: &LoadedPlugin) -> bool {
    plugins
        .loaded()
        .iter()
        .any(|one| one.identity.name == plugin.identity.name)
}

/// The plugins of `old` that `new` does without.
fn replaced(old: &Plugins, new: &Plugins) -> Vec<(Arc<LoadedPlugin>, bool)> {
    let is_kept =
        |plugin: &&Arc<LoadedPlugin>| !new.loaded().iter().any(|one| Arc::ptr_eq(one, plugin));
    let was_taken_over = |plugin: &Arc<LoadedPlugin>| {
        new.loaded()
            .iter()
            .any(|one| one.identity.name == plugin.identity.name && one.owner.took_over())
    };
    old.loaded()
        .iter()
        .filter(is_kept)
        .map(|plugin| (Arc::clone(plugin), was_taken_over(plugin)))
        .collect()
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Prepared")
            .field("plugins", &self.0.len())
            .finish()
    }
}
