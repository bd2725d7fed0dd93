//! From the plugins folder to a generation: the first one, and each that follows.

use std::{path::PathBuf, sync::Arc};

use super::{
    error::{BuildError, TokenPluginFailure},
    generation::{Generation, ServingSettings},
    key_plan::KeyPlan,
    rotations::RotationRuns,
};
use crate::{
    backend::proxy::ReverseProxy,
    config::{ChangedSetting, Config, RequiredBy, TokenAuthorization, TokenExpiration},
    plugins::{
        IsBuiltIn, LoadedPlugin, LoadedSet, Loader, OpenedSet, PluginChange, Plugins,
        ReplacedPlugin,
    },
    policy::Authorizer,
};

/// Makes generations of one plugins folder.
#[derive(Debug)]
pub(crate) struct Builder {
    loader: Loader,
}

/// The configuration of a generation, what was made of it, and what is new in it.
#[derive(Clone, Debug)]
pub(crate) struct ConfigInForce {
    pub(crate) config: Arc<Config>,
    /// None without an upstream.
    pub(crate) proxy: Option<Arc<ReverseProxy>>,
    /// The settings that are other ones than in the generation before.
    pub(crate) changed: Vec<ChangedSetting>,
}

/// A generation whose plugins are open, and whose keys are not generated yet. Dropping it shuts its new
/// plugins down.
#[derive(Debug)]
pub(crate) struct OpenedGeneration {
    ready: ReadyGeneration,
    keys: KeyPlan,
    /// The token plugin of the last generation, if the lifetime of its next keys is another one now.
    lifetime: Option<(Arc<LoadedPlugin>, TokenExpiration)>,
}

/// A generation that may serve.
#[derive(Debug)]
pub(crate) struct ReadyGeneration {
    pub(crate) generation: Generation,
    /// What happened to each file, sorted by path.
    pub(crate) changes: Vec<(PathBuf, PluginChange)>,
    /// The plugins of the last generation that are not part of this one.
    pub(crate) replaced: Vec<ReplacedPlugin>,
}

impl ConfigInForce {
    /// A configuration with nothing new in it.
    pub(crate) const fn unchanged(config: Arc<Config>, proxy: Option<Arc<ReverseProxy>>) -> Self {
        Self {
            config,
            proxy,
            changed: Vec::new(),
        }
    }
}

impl Builder {
    /// Reads nothing yet. `is_built_in` says which paths the host itself serves.
    pub(crate) fn new(config: &Config, is_built_in: IsBuiltIn) -> Self {
        Self {
            loader: Loader::new(config, is_built_in),
        }
    }

    /// Reads the plugins folder, and loads what the last generation does not have. Opens no plugin.
    ///
    /// # Errors
    /// A file cannot be used, or the files do not fit together. The last generation is untouched.
    pub(crate) fn load(
        &self,
        config: &Config,
        last: Option<&Generation>,
    ) -> Result<LoadedSet, BuildError> {
        let none = Plugins::default();
        let old = plugins_of(last, &none);
        Ok(self.loader.load(&config.settings, old)?)
    }

    /// Opens the plugins of the first generation, and makes the authorizer.
    ///
    /// # Errors
    /// A plugin cannot be used, or the configuration demands a token plugin and there is none.
    pub(crate) fn open_first(
        &self,
        in_force: ConfigInForce,
        set: LoadedSet,
    ) -> Result<OpenedGeneration, BuildError> {
        let (opened, ()) = self.open(in_force, set, None, || Ok(()))?;
        Ok(opened)
    }

    /// Opens the new plugins, each with the state of its predecessor, and makes the authorizer. `pause` is called
    /// before the token plugin is opened; keys that are replaced from then on would be lost.
    ///
    /// # Errors
    /// A plugin cannot be used, the configuration demands a token plugin and there is none, or the error of
    /// `pause`. The last generation continues to serve.
    pub(super) fn open_next<P>(
        &self,
        in_force: ConfigInForce,
        set: LoadedSet,
        last: &Generation,
        pause: impl FnOnce() -> Result<P, RotationRuns>,
    ) -> Result<(OpenedGeneration, P), BuildError> {
        self.open(in_force, set, Some(last), || Ok(pause()?))
    }

    fn open<P>(
        &self,
        ConfigInForce {
            config,
            proxy,
            changed,
        }: ConfigInForce,
        set: LoadedSet,
        last: Option<&Generation>,
        pause: impl FnOnce() -> Result<P, BuildError>,
    ) -> Result<(OpenedGeneration, P), BuildError> {
        let none = Plugins::default();
        let old = plugins_of(last, &none);
        let number = last.map_or(0, |generation| generation.number) + 1;
        let (set, paused) = self
            .loader
            .open(&config.settings, set, old, number, pause)?;
        let OpenedSet {
            plugins,
            mut changes,
            replaced,
        } = set;
        changes.sort_by(|(left, _), (right, _)| left.cmp(right));
        if last.is_none() || !changed.is_empty() {
            warn_of_unknown_keys(&config, &plugins);
        }
        let token_plugin = plugins.loaded_token_plugin();
        match token_plugin {
            Some(plugin) => set_time(&config, plugin, old)?,
            None => accept_no_token_plugin(&config, last)?,
        }
        let lifetime = last
            .filter(|last| last.settings.config.token.expiration != config.token.expiration)
            .and_then(|last| last.plugins.loaded_token_plugin())
            .filter(|plugin| token_plugin.is_some_and(|one| Arc::ptr_eq(one, plugin)))
            .map(|plugin| (Arc::clone(plugin), config.token.expiration));
        let keys = KeyPlan::of(token_plugin, old.loaded_token_plugin());
        let exempt_paths = config.token.exempt_paths.clone();
        let authorizer = Authorizer::new(plugins.token_plugin().cloned(), exempt_paths);
        let ready = ReadyGeneration {
            generation: Generation {
                number,
                plugins,
                authorizer,
                settings: Arc::new(ServingSettings::new(config, proxy)),
                changed_settings: changed,
            },
            changes,
            replaced,
        };
        let opened = OpenedGeneration {
            ready,
            keys,
            lifetime,
        };
        Ok((opened, paused))
    }

    /// How many libraries are in memory that none of a generation's plugins is from.
    pub(crate) fn libraries_left(serving: &Generation) -> u64 {
        Loader::libraries_left(&serving.plugins)
    }

    /// How many threads still open a plugin that was given up.
    pub(crate) fn open_threads_left() -> u64 {
        Loader::open_threads_left()
    }

    /// Removes the files that the plugins were loaded from.
    pub(crate) fn remove_copies(&self) {
        self.loader.remove_copies();
    }
}

impl OpenedGeneration {
    /// Its plugins.
    pub(crate) const fn plugins(&self) -> &Plugins {
        &self.ready.generation.plugins
    }

    /// Makes a token plugin that did not take over the keys in force generate new ones.
    ///
    /// # Errors
    /// It cannot make them. The last generation continues to serve, unless its token plugin was shut down
    /// for this ([`BuildError::NoKeys`]).
    pub(crate) fn generate_keys(self) -> Result<ReadyGeneration, BuildError> {
        self.keys.generate()?;
        // Last, because nothing takes it back.
        if let Some((plugin, expiration)) = &self.lifetime {
            set_lifetime(plugin, *expiration)?;
        }
        Ok(self.ready)
    }
}

fn plugins_of<'g>(last: Option<&'g Generation>, none: &'g Plugins) -> &'g Plugins {
    last.map_or(none, |generation| &generation.plugins)
}

/// To be called once the plugins are open: only then it is known which settings they read.
fn warn_of_unknown_keys(config: &Config, plugins: &Plugins) {
    let loaded = plugins.loaded().iter();
    let read = loaded.flat_map(|plugin| plugin.settings.keys_read());
    for unknown in config.unknown_keys(&read.collect()) {
        tracing::warn!("{unknown}");
    }
}

/// Sets the lifetime of keys in a new token plugin.
fn set_time(config: &Config, plugin: &Arc<LoadedPlugin>, old: &Plugins) -> Result<(), BuildError> {
    let mut loaded = old.loaded().iter();
    let serves = loaded.any(|one| Arc::ptr_eq(one, plugin));
    if serves {
        return Ok(());
    }
    set_lifetime(plugin, config.token.expiration)
}

fn set_lifetime(plugin: &LoadedPlugin, expiration: TokenExpiration) -> Result<(), BuildError> {
    let set = plugin
        .token
        .as_ref()
        .map(|token| token.set_time(expiration.minutes()));
    let set = set.transpose().map(drop);
    Ok(set.map_err(TokenPluginFailure::of(plugin))?)
}

/// Accepts that there is no token plugin, with a warning, or refuses it.
fn accept_no_token_plugin(config: &Config, last: Option<&Generation>) -> Result<(), BuildError> {
    let authorization = config.token.authorization;
    let Some(last) = last else {
        return start_without_token_plugin(config);
    };
    // A token plugin that is required at startup is required at a reload, too.
    let is_required = matches!(authorization, TokenAuthorization::Require(_));
    let Some(removed) = last.plugins.loaded_token_plugin() else {
        // An upstream that comes requires one.
        return if is_required {
            start_without_token_plugin(config)
        } else {
            Ok(())
        };
    };
    let may_open = config.token.allow_open_reload && !is_required;
    if !may_open {
        return Err(BuildError::TokenPluginRemoved {
            file: removed.identity.file.clone(),
        });
    }
    tracing::warn!("the token plugin was removed: requests need no key any more");
    Ok(())
}

fn start_without_token_plugin(config: &Config) -> Result<(), BuildError> {
    match config.token.authorization {
        TokenAuthorization::Require(by) => {
            return Err(BuildError::TokenPluginRequired {
                by: match by {
                    RequiredBy::Setting => {
                        "--require-token-auth (require_token_authorization=true) requires one"
                    }
                    RequiredBy::Upstream => {
                        "a server with an upstream requires one, unless started with \
                         --disable-token-auth"
                    }
                },
                where_to_look: where_to_look(config),
            });
        }
        TokenAuthorization::Disable => {
            tracing::warn!("token authorization is disabled: requests need no key");
        }
        TokenAuthorization::IfPlugin => tracing::warn!(
            "no token plugin is loaded: requests need no key; {}",
            where_to_look(config)
        ),
    }
    Ok(())
}

fn where_to_look(config: &Config) -> String {
    config.plugins_path.as_ref().map_or_else(
        || "to require keys, start with --plugins-path DIR and a token plugin in DIR".to_owned(),
        |folder| {
            format!(
                "to require keys, put a token plugin into {}",
                folder.display()
            )
        },
    )
}
