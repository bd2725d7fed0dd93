//! From a validated configuration to a server that could accept: plugins, models, keys.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, thread::available_parallelism};

use crate::{
    backend::models::{
        ModelRegistry, ModelStore, RegisterError, Registration, RegistryLimits, StoreError,
    },
    config::{Config, LoadModels, ModelSpec, TokenAuthorization},
    generations::watch::FolderWatch,
    plugins::{
        Loader, PluginLoadError, Plugins, TokenPluginError, WritesIntoPlugins, check_separation,
    },
    request::operations::is_built_in,
};

/// Why a server does not start. One line, with what was wrong and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A plugin cannot be used.
    #[error(transparent)]
    Plugin(#[from] PluginLoadError),
    /// The token plugin fails.
    #[error("plugin {}: {reason}", file.display())]
    TokenPlugin {
        /// Where it is.
        file: PathBuf,
        /// The function, and the plugin's words.
        reason: TokenPluginError,
    },
    /// What the server writes would land among the plugins.
    #[error(transparent)]
    WritesIntoPlugins(#[from] WritesIntoPlugins),
    /// The owner wants no server without keys.
    #[error("no token plugin is loaded, and {REQUIRE} asks for one: {where_to_look}")]
    TokenPluginRequired {
        /// What to do.
        where_to_look: String,
    },
    /// There is nothing to watch.
    #[error(
        "--watch-plugins (watch_plugins=true) watches the plugins folder, and there is none: start with --plugins-path DIR"
    )]
    NothingToWatch,
    /// The plugins folder cannot be watched.
    #[error("plugins path {}: cannot be watched: start without --watch-plugins (watch_plugins=true)", path.display())]
    Watch {
        /// The folder.
        path: PathBuf,
        /// From the operating system.
        source: notify::Error,
    },
    /// The model store cannot be used.
    #[error(transparent)]
    ModelStore(#[from] StoreError),
    /// A model cannot be loaded.
    #[error("model {url}")]
    Model {
        /// As it was given.
        url: String,
        /// Why.
        source: RegisterError,
    },
    /// An address cannot be listened on.
    #[error("{api} address http://{address}")]
    Bind {
        /// The API.
        api: String,
        /// The address.
        address: std::net::SocketAddr,
        /// From the operating system.
        source: std::io::Error,
    },
    /// A thread or its event loop cannot be started.
    #[error("a serving thread cannot be started")]
    Thread(#[source] std::io::Error),
}

const REQUIRE: &str = "--require-token-auth (require_token_authorization=true)";

/// At most so many models, and so many workers of all of them.
const MODELS_MAX: usize = 1024;
const WORKERS_MAX: usize = 1024;

/// What was found and opened; nothing is served, and no key is written yet.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) loader: Loader,
    /// Told of the end when they are dropped: a start that fails takes its key file with it.
    pub(crate) plugins: Plugins,
    pub(crate) models: Arc<ModelRegistry>,
    /// Where the owner wants one.
    pub(crate) watch: Option<FolderWatch>,
}

impl Prepared {
    /// Opens plugins and models.
    ///
    /// # Errors
    /// The first thing that stops the start.
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        if let Some(folder) = &config.plugins_path {
            check_separation(folder, config)?;
        }
        // Before the folder is read: what changes from here on is seen, by one or the other.
        let watch = config.watch_plugins.then(|| watch(config));
        let loader = Loader::new(config, is_built_in);
        let none = Plugins::default();
        let plugins = loader.open(loader.load(&none)?, &none, 1)?.plugins;
        for unknown in config.unknown_keys(&loader.settings_read()) {
            tracing::warn!("{unknown}");
        }
        check_token_plugin(config, &plugins)?;
        // Whoever reads the folder says better what is wrong with it.
        let watch = watch.transpose()?;
        let models = Arc::new(load_models(config)?);
        Ok(Self {
            loader,
            plugins,
            models,
            watch,
        })
    }
}

/// How many threads run side by side on this machine.
pub(crate) fn processors() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

fn watch(config: &Config) -> Result<FolderWatch, StartError> {
    let Some(folder) = &config.plugins_path else {
        return Err(StartError::NothingToWatch);
    };
    FolderWatch::open(folder).map_err(|source| StartError::Watch {
        path: folder.clone(),
        source,
    })
}

fn check_token_plugin(config: &Config, plugins: &Plugins) -> Result<(), StartError> {
    match (plugins.token_plugin(), config.token.authorization) {
        (Some(plugin), _) => plugin
            .set_time(config.token.expiration.minutes())
            .map_err(failed(plugins))?,
        (None, TokenAuthorization::Require) => {
            return Err(StartError::TokenPluginRequired {
                where_to_look: advice(config),
            });
        }
        (None, TokenAuthorization::Disable) => tracing::warn!(
            "token authorization is disabled: everybody who reaches the server may use it"
        ),
        (None, TokenAuthorization::IfPlugin) => tracing::warn!(
            "no token plugin is loaded: everybody who reaches the server may use it; {}",
            advice(config)
        ),
    }
    Ok(())
}

/// Adds the file to an error of the token plugin.
pub(crate) fn failed(plugins: &Plugins) -> impl FnOnce(TokenPluginError) -> StartError {
    let loaded = plugins.loaded_token_plugin();
    let file = loaded.map_or_else(PathBuf::new, |one| one.identity.file.clone());
    move |reason| StartError::TokenPlugin { file, reason }
}

fn advice(config: &Config) -> String {
    config.plugins_path.as_ref().map_or_else(
        || "to turn keys on, start with --plugins-path DIR and a token plugin in DIR".to_owned(),
        |folder| {
            format!(
                "to turn keys on, put a token plugin into {}",
                folder.display()
            )
        },
    )
}

fn load_models(config: &Config) -> Result<ModelRegistry, StartError> {
    let store = config
        .model_store
        .as_deref()
        .map(ModelStore::open)
        .transpose()?;
    let specs = match (&config.load_models, &store) {
        (LoadModels::All, Some(store)) => store
            .all()?
            .into_iter()
            .map(|url| ModelSpec {
                name: None,
                url: url.as_str().to_owned(),
            })
            .collect(),
        (LoadModels::Listed(specs), _) => specs.clone(),
        (LoadModels::All, None) | (LoadModels::None, _) => Vec::new(),
    };
    let limits = RegistryLimits {
        job_queue_size: config.job_queue_size.get(),
        models_max: MODELS_MAX,
        workers_max: WORKERS_MAX,
    };
    let models = ModelRegistry::new(store, limits);
    for ModelSpec { name, url } in specs {
        let registration = Registration {
            url: &url,
            name: name.as_deref(),
            version: None,
            initial_workers: default_workers(config),
            loaded_at_startup: true,
        };
        let model = models
            .register(&registration)
            .map_err(|source| StartError::Model {
                url: url.clone(),
                source,
            })?;
        tracing::info!("model {} {} loaded from {url}", model.name, model.version);
    }
    Ok(models)
}

/// Workers of a model that is loaded at start, where nobody says how many.
fn default_workers(config: &Config) -> usize {
    config
        .default_workers_per_model
        .map_or_else(processors, NonZeroUsize::get)
}
