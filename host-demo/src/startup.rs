//! From a validated configuration to a server that could accept: plugins, models, keys.

use std::{collections::BTreeSet, num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use parking_lot::Mutex;

use crate::{
    config::{Config, LoadModels, ModelSpec, TokenAuthorization},
    models::{ModelRegistry, ModelStore, RegisterError, Registration, RegistryLimits, StoreError},
    plugins::{PluginLoadError, Plugins, TokenPlugin, WritesIntoPlugins, check_separation},
};

/// Why a server does not start. One line, with what was wrong and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A plugin cannot be used.
    #[error(transparent)]
    Plugin(#[from] PluginLoadError),
    /// What the server writes would land among the plugins.
    #[error(transparent)]
    WritesIntoPlugins(#[from] WritesIntoPlugins),
    /// The owner wants no server without keys.
    #[error("no token plugin is loaded, and {REQUIRE} asks for one: {where_to_look}")]
    TokenPluginRequired {
        /// What to do.
        where_to_look: String,
    },
    /// The model store cannot be used.
    #[error(transparent)]
    ModelStore(#[from] StoreError),
    /// A model cannot be loaded.
    #[error("model {url}: {source}")]
    Model {
        /// As it was given.
        url: String,
        /// Why.
        source: RegisterError,
    },
    /// An address cannot be listened on.
    #[error("{api} address http://{address}: {source}")]
    Bind {
        /// The API.
        api: String,
        /// The address.
        address: std::net::SocketAddr,
        /// From the operating system.
        source: std::io::Error,
    },
    /// A thread or its event loop cannot be started.
    #[error("a serving thread cannot be started: {0}")]
    Thread(std::io::Error),
}

const REQUIRE: &str = "--require-token-auth (require_token_authorization=true)";

/// At most so many models, and so many workers of all of them.
const MODELS_MAX: usize = 1024;
const WORKERS_MAX: usize = 1024;

/// What was found and opened; nothing is served, and no key is written yet.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) plugins: Plugins,
    pub(crate) token_plugin: Option<TokenPlugin>,
    pub(crate) models: Arc<ModelRegistry>,
}

impl Prepared {
    /// Opens plugins and models.
    ///
    /// # Errors
    /// The first thing that stops the start.
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        let (plugins, token_plugin) = open_plugins(config)?;
        let models = Arc::new(load_models(config)?);
        Ok(Self {
            plugins,
            token_plugin,
            models,
        })
    }
}

/// How many threads run side by side on this machine.
pub(crate) fn processors() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

fn open_plugins(config: &Config) -> Result<(Plugins, Option<TokenPlugin>), StartError> {
    let read = Arc::new(Mutex::new(BTreeSet::new()));
    let settings = Arc::new(config.settings.clone());
    let mut plugins = match &config.plugins_path {
        Some(folder) => {
            check_separation(folder, config)?;
            Plugins::load(folder, &config.plugin_trust, &settings, &read)?
        }
        None => Plugins::default(),
    };
    for unknown in config.unknown_keys(&read.lock()) {
        tracing::warn!("{unknown}");
    }
    if config.token.authorization == TokenAuthorization::Disable {
        plugins.disable_token_plugin();
    }
    let token_plugin = plugins.take_token_plugin();
    match (&token_plugin, config.token.authorization) {
        (Some(plugin), _) => plugin.set_time(config.token.expiration.minutes())?,
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
    Ok((plugins, token_plugin))
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

/// Workers of a model where nobody says how many.
pub(crate) fn default_workers(config: &Config) -> usize {
    config
        .default_workers_per_model
        .map_or_else(processors, NonZeroUsize::get)
}
