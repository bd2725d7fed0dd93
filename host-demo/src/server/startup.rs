//! From a validated configuration to what a server is made of: plugins and models.

use std::{
    num::NonZeroUsize, path::PathBuf, sync::Arc, thread::available_parallelism, time::SystemTime,
};

use crate::{
    backend::{
        models::{
            ModelLimits, ModelRegistry, ModelStore, Probe, RegisterError, Registration,
            RegistryLimits, StoreError,
        },
        proxy::{ProxyError, ReverseProxy},
    },
    config::{Config, ListenAddress, LoadModels, ModelSpec},
    generations::{BuildError, Builder, ConfigInForce, FolderWatch, OpenedGeneration},
    listener::descriptors::TooFewDescriptors,
    plugins::{WritesIntoPlugins, check_separation},
    request::operations::is_built_in,
    telemetry::{error_chain::error_chain, time},
    tls::{TlsError, certificates, server::ServerTls},
};

use super::{
    bind_error::BindError,
    start_control::{Interrupted, StartControl},
};

/// Why a server does not start. One line, with what was wrong and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No generation of plugins can be made.
    #[error(transparent)]
    Generation(#[from] BuildError),
    /// The server would write into the plugins folder.
    #[error(transparent)]
    WritesIntoPlugins(#[from] WritesIntoPlugins),
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
    /// Certificate, key or client authorities cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Several models cannot be loaded.
    #[error("{} models cannot be loaded: {}", failed.len(), listed(failed))]
    Models {
        /// As they were given, and why.
        failed: Vec<(String, RegisterError)>,
    },
    /// The reverse proxy cannot be set up.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// An address cannot be listened on.
    #[error("{api} address {address}")]
    Bind {
        /// The API.
        api: String,
        /// The address.
        address: ListenAddress,
        /// Why.
        source: BindError,
    },
    /// A signal ended it.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    /// The clock is far off, so that no expiration and no date of a response can be written.
    #[error("the clock shows a time that is not within the years 1970 to 9999: set it")]
    Clock,
    /// The system allows too few open files.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// A thread or its event loop cannot be started.
    #[error("a serving thread cannot be started")]
    Thread(#[source] std::io::Error),
}

/// The limits of models and of workers of all models together.
const MODELS_MAX: usize = 1024;
const WORKERS_MAX: usize = 1024;

/// What a startup opened. Nothing is served, and no key is written yet.
#[derive(Debug)]
pub(crate) struct StartupPlan {
    /// Dropping it shuts its plugins down: a startup that fails leaves no key file.
    pub(crate) first: OpenedGeneration,
    pub(crate) builder: Builder,
    pub(crate) models: Arc<ModelRegistry>,
    /// Where a listener has TLS.
    pub(crate) tls: Option<Arc<ServerTls>>,
    /// Where the configuration asks for one.
    pub(crate) watch: Option<FolderWatch>,
}

impl StartupPlan {
    /// Opens plugins and models, and reads the certificate.
    ///
    /// # Errors
    /// The first thing that aborts the startup.
    pub(crate) fn new(config: &Config, control: &StartControl) -> Result<Self, StartError> {
        check_clock(SystemTime::now())?;
        if let Some(folder) = &config.plugins_path {
            check_separation(folder, config)?;
        }
        let tls = config.tls.as_ref().map(ServerTls::load).transpose()?;
        if let Some(tls) = &tls {
            certificates::warn(tls);
        }
        // Before the folder is read, so that no change is missed.
        let watch = config.watch_plugins.then(|| watch(config));
        let builder = Builder::new(config, is_built_in);
        let set = builder.load(config, None)?;
        control.check()?;
        let proxy = ReverseProxy::for_config(config.upstream.as_ref(), None)?;
        let in_force = ConfigInForce::unchanged(Arc::new(config.clone()), proxy);
        let first = builder.open_first(in_force, set)?;
        control.set_plugins(first.plugins());
        // Reading the folder gives the better error.
        let watch = watch.transpose()?;
        let models = Arc::new(load_models(config, control)?);
        Ok(Self {
            first,
            builder,
            models,
            tls: tls.map(Arc::new),
            watch,
        })
    }
}

fn check_clock(now: SystemTime) -> Result<(), StartError> {
    if time::is_in_range(now) {
        Ok(())
    } else {
        Err(StartError::Clock)
    }
}

/// How many threads this machine runs in parallel.
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

/// Loads the models that the configuration names.
///
/// # Errors
/// The model store or a model cannot be used, or the start was interrupted.
pub(super) fn load_models(
    config: &Config,
    control: &StartControl,
) -> Result<ModelRegistry, StartError> {
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
        processors: processors(),
        probe: if config.models_probe {
            Probe::Process
        } else {
            Probe::Off
        },
        of_each_model: ModelLimits {
            operators_max: config.model_operators_max.get(),
            bytes_max: config.model_bytes_max as u64,
            load_timeout: config.model_load_timeout,
        },
    };
    let models = ModelRegistry::new(store, limits);
    let mut failed = Vec::new();
    for ModelSpec { name, url } in specs {
        control.check()?;
        let registration = Registration {
            url: &url,
            name: name.as_deref(),
            version: None,
            initial_workers: default_workers(config),
            loaded_at_startup: true,
        };
        match models.register(&registration) {
            Ok(model) => {
                tracing::info!("model {} {} loaded from {url}", model.name, model.version);
            }
            Err(source) => failed.push((url, source)),
        }
    }
    // Each of them, so that one start tells all that has to be repaired.
    match (failed.len(), failed.pop()) {
        (_, None) => Ok(models),
        (1, Some((url, source))) => Err(StartError::Model { url, source }),
        (_, Some(last)) => {
            failed.push(last);
            Err(StartError::Models { failed })
        }
    }
}

fn listed(failed: &[(String, RegisterError)]) -> String {
    let reason = |error: &RegisterError| match error {
        // Without the file's name, which stands before it.
        RegisterError::Model { source, .. } => error_chain(source),
        other => error_chain(other),
    };
    let failed = failed.iter();
    let failed = failed.map(|(url, error)| format!("{url} ({})", reason(error)));
    failed.collect::<Vec<_>>().join("; ")
}

/// Workers of a model that is loaded at startup, unless it is configured.
fn default_workers(config: &Config) -> usize {
    config
        .default_workers_per_model
        .map_or_else(processors, NonZeroUsize::get)
}

#[cfg(test)]
mod tests;
