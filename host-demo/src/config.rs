//! What the server is told, validated: every value a type that cannot be wrong.
//!
//! [`Config::resolve`] puts the configuration file, the command line and the environment together;
//! beyond it nothing parses a setting. Who sets what, and in which order, is TorchServe's.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use self::values::Values;
pub use self::{
    address::{InvalidListenAddress, ListenAddress, Listener, Listeners, Roles},
    error::{ConfigError, ConfigWarning, UnknownKey},
    models::{LoadModels, ModelSpec},
    plugin_trust::{PluginTrust, PublicKeySource},
    settings::{Origin, Setting, Settings},
    token::{ExemptPaths, TokenAuthStatus, TokenAuthorization, TokenConfig, TokenExpiration},
};
use crate::cli::Cli;

mod address;
mod error;
mod file;
mod keys;
mod layers;
mod models;
mod plugin_trust;
mod properties;
mod settings;
mod token;
mod values;

const DEFAULT_FILE: &str = "config.properties";
const REQUEST_BYTES_DEFAULT: u32 = 6_553_500;
/// TorchServe reads the number as a Java int.
const REQUEST_BYTES_MAX: u32 = 2_147_483_647;
const JOB_QUEUE_DEFAULT: u32 = 100;
const JOB_QUEUE_MAX: u32 = 1_000_000;
const THREADS_MAX: u32 = 1024;
const SHUTDOWN_SECONDS_DEFAULT: u32 = 30;
const SHUTDOWN_SECONDS_MAX: u32 = 86_400;

/// The validated configuration. It holds no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The configuration file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// Where the server listens.
    pub listeners: Listeners,
    /// The folder of the plugins; not yet looked at.
    pub plugins_path: Option<PathBuf>,
    /// What a plugin must fulfil before its code runs.
    pub plugin_trust: PluginTrust,
    /// Whether a change of the plugins folder reloads the plugins.
    pub watch_plugins: bool,
    /// Token authorization, as far as it is the host's business.
    pub token: TokenConfig,
    /// The folder of the model files; not yet looked at.
    pub model_store: Option<PathBuf>,
    /// The models to load at start; none unless there is a model store.
    pub load_models: LoadModels,
    /// Requests that wait for one model at most; more are refused (`job_queue_size`).
    pub job_queue_size: NonZeroUsize,
    /// Threads for each model; `None` lets the server choose (TorchServe's 0).
    pub default_workers_per_model: Option<NonZeroUsize>,
    /// Largest body of a request in bytes, at least 1.
    pub max_request_size_bytes: usize,
    /// Threads that serve connections; `None` is one for each processor (TorchServe's 0 for
    /// `number_of_netty_threads`).
    pub worker_threads: Option<NonZeroUsize>,
    /// How long running requests may go on after the server was told to stop.
    pub shutdown_timeout: Duration,
    /// Whether each request is logged.
    pub access_log: bool,
    /// The values in force as text, for plugins.
    pub settings: Settings,
    /// The keys of the file that the server does not know.
    foreign_keys: Vec<(String, Origin)>,
}

impl Config {
    /// Puts file, command line and environment together and checks every value.
    ///
    /// `environment` looks up one variable, for example `|name| std::env::var_os(name)`. Nothing is
    /// read but the configuration file: `TS_CONFIG_FILE`, else `--ts-config`, else
    /// `config.properties` of the working directory if it is there.
    ///
    /// # Errors
    /// The first thing that stops the start, with the place it came from.
    pub fn resolve(
        cli: &Cli,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        Self::resolve_with(cli, &environment, Path::new(DEFAULT_FILE))
    }

    /// The keys of the file that neither the server nor any plugin reads, in the order of the file.
    ///
    /// Meant to be called once the plugins are open: only then it is known what they asked for.
    #[must_use]
    pub fn unknown_keys(&self, read_by_plugins: &BTreeSet<String>) -> Vec<UnknownKey> {
        self.foreign_keys
            .iter()
            .filter(|(key, _)| !read_by_plugins.contains(key))
            .map(|(key, origin)| UnknownKey {
                key: key.clone(),
                origin: origin.clone(),
                nearest: keys::nearest(key, read_by_plugins.iter().map(String::as_str)),
            })
            .collect()
    }

    fn resolve_with(
        cli: &Cli,
        environment: &dyn Fn(&str) -> Option<OsString>,
        default_file: &Path,
    ) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        let layers::Layers {
            file,
            file_keys,
            values,
            mut warnings,
        } = layers::collect(cli, environment, default_file)?;
        if let Some((key, setting)) = values.iter().find(|(key, _)| keys::asks_for_tls(key)) {
            return Err(ConfigError::Tls {
                origin: setting.origin.clone(),
                key: key.to_owned(),
            });
        }
        let listeners = listeners(&values, &mut warnings)?;
        let (model_store, load_models) = models(&values)?;
        let timeout_seconds = values
            .count("shutdown_timeout_sec", 0..=SHUTDOWN_SECONDS_MAX)?
            .unwrap_or(SHUTDOWN_SECONDS_DEFAULT);
        let request_bytes = values
            .count("max_request_size", 1..=REQUEST_BYTES_MAX)?
            .unwrap_or(REQUEST_BYTES_DEFAULT);
        let queue = values
            .count("job_queue_size", 1..=JOB_QUEUE_MAX)?
            .unwrap_or(JOB_QUEUE_DEFAULT);
        let config = Self {
            file,
            listeners,
            plugins_path: values.path("plugins_path")?,
            plugin_trust: plugin_trust(&values, environment)?,
            watch_plugins: values.boolean("watch_plugins")?,
            token: token(&values)?,
            model_store,
            load_models,
            job_queue_size: above_zero(queue).unwrap_or(NonZeroUsize::MIN),
            default_workers_per_model: threads(&values, "default_workers_per_model")?,
            max_request_size_bytes: size(request_bytes),
            worker_threads: threads(&values, "number_of_netty_threads")?,
            shutdown_timeout: Duration::from_secs(timeout_seconds.into()),
            access_log: values.boolean("access_log")?,
            settings: settings(&values),
            foreign_keys: file_keys
                .into_iter()
                .filter(|(key, _)| !keys::is_own(key) && !keys::has_no_effect(key))
                .collect(),
        };
        Ok((config, warnings))
    }
}

fn listeners(values: &Values, warnings: &mut Vec<ConfigWarning>) -> Result<Listeners, ConfigError> {
    let mut read = |key: &'static str, port| {
        let address = values
            .address(key)?
            .unwrap_or_else(|| ListenAddress::loopback(port));
        if !address.is_loopback() {
            warnings.push(ConfigWarning::NotLoopback { key, address });
        }
        Ok(address)
    };
    Ok(Listeners {
        inference: read("inference_address", 8080)?,
        management: read("management_address", 8081)?,
        metrics: read("metrics_address", 8082)?,
    })
}

fn models(values: &Values) -> Result<(Option<PathBuf>, LoadModels), ConfigError> {
    let store = values.path("model_store")?;
    let load: LoadModels = values.parse("load_models")?.unwrap_or_default();
    match values.origin("load_models") {
        Some(origin) if store.is_none() && load != LoadModels::None => {
            Err(ConfigError::NoModelStore {
                origin: origin.clone(),
            })
        }
        _ => Ok((store, load)),
    }
}

fn plugin_trust(
    values: &Values,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<PluginTrust, ConfigError> {
    Ok(PluginTrust {
        insecure_permissions: values.boolean("plugins_insecure_permissions")?,
        allow_list: values.path("plugins_allow")?,
        public_key: values.parse("plugins_public_key")?,
        cache_path: values.path("plugins_cache_path")?,
        runtime_path: environment("RUNTIME_DIRECTORY")
            .as_deref()
            .and_then(plugin_trust::first_of_list),
    })
}

fn token(values: &Values) -> Result<TokenConfig, ConfigError> {
    let disabled = values.switched_on("disable_token_authorization")?;
    let required = values.switched_on("require_token_authorization")?;
    let authorization = match (disabled, required) {
        (None, None) => TokenAuthorization::IfPlugin,
        (Some(_), None) => TokenAuthorization::Disable,
        (None, Some(_)) => TokenAuthorization::Require,
        (Some(disabled), Some(required)) => {
            let (disabled, required) = (disabled.clone(), required.clone());
            return Err(ConfigError::Conflict { disabled, required });
        }
    };
    Ok(TokenConfig {
        authorization,
        expiration: values.parse("token_expiration_min")?.unwrap_or_default(),
        status: values.parse("token_auth_status")?.unwrap_or_default(),
        exempt_paths: values.parse("token_exempt_paths")?.unwrap_or_default(),
        allow_open_reload: values.boolean("allow_open_reload")?,
    })
}

/// 0 leaves the number to the server.
fn threads(values: &Values, key: &str) -> Result<Option<NonZeroUsize>, ConfigError> {
    Ok(values.count(key, 0..=THREADS_MAX)?.and_then(above_zero))
}

fn above_zero(count: u32) -> Option<NonZeroUsize> {
    NonZeroUsize::new(size(count))
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn settings(values: &Values) -> Settings {
    let mut settings = Settings::default();
    for (key, setting) in values.iter() {
        settings.set(key, setting.value.clone(), setting.origin.clone());
    }
    settings
}

#[cfg(test)]
mod tests;
