//! The validated configuration: every value has a type that cannot be wrong.
//!
//! [`Config::resolve`] combines the configuration file, the command line and the environment; nothing
//! else parses a setting. The order of precedence is TorchServe's. `table` declares each setting once.
//! Of the rest of the crate this module imports only types that HTTP and the log share with it.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

pub use self::{
    address::{InvalidListenAddress, ListenAddress, Scheme},
    bodies::BodySettings,
    changed::ChangedSetting,
    client_limits::ClientLimits,
    command_line::CommandLine,
    cors::CorsSettings,
    error::{ConfigError, ConfigWarning, UnknownKey, UpstreamConflict},
    listeners::{Listener, Listeners, Roles},
    models::{LoadModels, ModelSpec},
    plugin_opening::PluginOpening,
    plugin_trust::{PluginTrust, PublicKeySource},
    reread::{Reread, RereadError},
    settings::{Origin, Setting, Settings},
    source::{ConfigSource, Environment},
    tls::ListenerTls,
    token::{
        ExemptPaths, RequiredBy, TokenAuthStatus, TokenAuthorization, TokenConfig, TokenExpiration,
    },
    upstream::{
        ConcurrencyLimits, HealthPaths, ProfileName, ProfileSource, UpstreamAuthorization,
        UpstreamConfig, UpstreamConnections, UpstreamHost, UpstreamRouting,
    },
    upstream_address::{UpstreamAddress, UpstreamAddresses},
    upstream_health::{HealthCheckPath, UpstreamEjection, UpstreamHealthCheck},
};
use self::{
    changed::Changed,
    layers::{DEFAULT_FILE, Layers},
    table::{LOG_SETTINGS, SETTINGS, UPSTREAM_SETTINGS},
    values::Values,
};
pub(crate) use self::{
    changed::listed as listed_settings,
    declaration::{Argument, Changes, Declaration, DefaultValue, Flag, Group},
    table::declarations,
};
pub use crate::http::trusted_proxies::TrustedProxies;
use crate::telemetry::LogLevel;

mod address;
mod bodies;
mod changed;
mod client_limits;
mod command_line;
mod cors;
mod declaration;
mod error;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod keys;
mod layers;
mod listeners;
mod models;
mod parse;
mod plugin_opening;
mod plugin_trust;
mod properties;
mod reread;
mod sections;
mod settings;
mod settled;
mod source;
mod table;
mod tls;
mod token;
mod upstream;
mod upstream_address;
mod upstream_health;
mod upstream_rules;
mod values;

/// The largest body, in bytes, of requests that are not forwarded when the forwarded ones have no
/// limit: it is kept in memory.
const UNLIMITED_REQUEST_BYTES: usize = 6_553_500;

/// The token plugin's default for `token_key_bytes`.
const DEFAULT_KEY_BYTES: usize = 32;

/// The validated configuration. It holds no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The configuration file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// Where the server listens.
    pub listeners: Listeners,
    /// TLS of the listeners, if one of them is `https://`.
    pub tls: Option<ListenerTls>,
    /// The folder of the plugins; not yet read.
    pub plugins_path: Option<PathBuf>,
    /// What a plugin must fulfil before its code runs.
    pub plugin_trust: PluginTrust,
    /// What protects the server while a plugin is loaded and opened.
    pub plugin_opening: PluginOpening,
    /// Whether a change of the plugins folder reloads the plugins.
    pub watch_plugins: bool,
    /// Token authorization, as far as the host decides it.
    pub token: TokenConfig,
    /// Whether a forwarded stream ends with the validity of its key.
    pub cut_streams_on_revocation: bool,
    /// The model servers that requests are forwarded to; none unless one is set.
    pub upstream: Option<UpstreamConfig>,
    /// The folder of the model files; not yet read.
    pub model_store: Option<PathBuf>,
    /// The models to load at start; none unless there is a model store.
    pub load_models: LoadModels,
    /// Whether each model is tried in a process of its own first (`models_probe`).
    pub models_probe: bool,
    /// Operators of a model (`model_operators_max`).
    pub model_operators_max: NonZeroUsize,
    /// What a model may declare and take of memory (`model_bytes_max`).
    pub model_bytes_max: usize,
    /// How long a model may take to load (`model_load_timeout_sec`).
    pub model_load_timeout: Duration,
    /// Requests that wait for one model at most; more are refused (`job_queue_size`).
    pub job_queue_size: NonZeroUsize,
    /// Threads for each model; `None` lets the server choose (TorchServe's 0).
    pub default_workers_per_model: Option<NonZeroUsize>,
    /// How long a client waits for its prediction at most (`default_response_timeout`).
    pub prediction_timeout: Duration,
    /// Largest body in bytes of a request that is not forwarded, at least 1 (`max_request_size`).
    pub max_request_size_bytes: usize,
    /// How bodies of requests are read.
    pub bodies: BodySettings,
    /// Limits of what one client may send and open.
    pub clients: ClientLimits,
    /// The proxies in front of the server; what they say of a client is believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether their connections begin with a header of the PROXY protocol; only if there are some.
    pub proxy_protocol: bool,
    /// Threads that serve connections; `None` is one for each processor (TorchServe's 0 for
    /// `number_of_netty_threads`).
    pub worker_threads: Option<NonZeroUsize>,
    /// How long running requests may take once the server shuts down.
    pub shutdown_timeout: Duration,
    /// The headers for web pages of another origin.
    pub cors: CorsSettings,
    /// The least important level that is logged.
    pub log_level: LogLevel,
    /// Whether each request is logged.
    pub access_log: bool,
    /// The values in force as text, for plugins.
    pub settings: Arc<Settings>,
    /// What was set, for a comparison with a later reading.
    values: Values,
    /// Whether anything is set in the file.
    has_file_settings: bool,
    /// The keys of the file that the server does not know.
    unrecognized_keys: Vec<(String, Origin)>,
}

impl Config {
    /// Combines file, command line and environment, and checks every value.
    ///
    /// `environment` looks up one variable, for example `|name| std::env::var_os(name)`. Only the
    /// configuration file is read: `TS_CONFIG_FILE`, else the one of the command line, else
    /// `config.properties` of the working directory if it exists.
    ///
    /// # Errors
    /// The first error that aborts startup, with the origin of the value.
    pub fn resolve(
        command_line: &CommandLine,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        Self::resolve_with(command_line, &environment, Path::new(DEFAULT_FILE))
    }

    /// As [`resolve`](Self::resolve), of a source that can be read again.
    ///
    /// # Errors
    /// The first error that aborts startup, with the origin of the value.
    pub fn read(source: &ConfigSource) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        Self::of_layers(&source.layers(None)?, source.environment())
    }

    /// What the sources say now: the configuration in force from now on, which has the new values of what
    /// changes while serving, and what changed. A file that was read before has to be there: a server does
    /// not lose its settings with it.
    ///
    /// # Errors
    /// What the sources say cannot be used.
    pub fn read_again(&self, source: &ConfigSource) -> Result<(Self, Reread), RereadError> {
        let environment = source.environment();
        let mut layers = self.layers_now(source)?;
        let (mut config, warnings) = Self::of_layers(&layers, environment)?;
        let Changed {
            while_serving,
            at_restart,
        } = Changed::between(&self.values, &config.values);
        if !at_restart.is_empty() {
            for one in &at_restart {
                layers.values.take_from(&self.values, &one.key);
            }
            let merged = Self::of_layers(&layers, environment);
            (config, _) = merged.map_err(|source| RereadError::Waiting {
                waiting: at_restart.clone(),
                source: Box::new(source),
            })?;
        }
        let reread = Reread {
            changed: while_serving,
            waiting: at_restart,
            warnings,
        };
        Ok((config, reread))
    }

    /// What the sources say now. A file that has lost all its settings was not meant to.
    fn layers_now(&self, source: &ConfigSource) -> Result<Layers, RereadError> {
        let Some(path) = &self.file else {
            return Ok(source.layers(None)?);
        };
        let read = || source.layers(Some(path.clone()));
        let layers = settled::read(path, read, || thread::sleep(settled::PAUSE))?;
        if layers.file_keys.is_empty() && self.has_file_settings {
            return Err(RereadError::Emptied { path: path.clone() });
        }
        Ok(layers)
    }

    /// The random bytes in a key of the token plugin, which checks the setting.
    #[must_use]
    pub fn token_key_bytes(&self) -> usize {
        let setting = self.settings.lookup("token_key_bytes");
        let bytes = setting.and_then(|setting| setting.value.trim().parse().ok());
        bytes.unwrap_or(DEFAULT_KEY_BYTES)
    }

    /// The keys of the file that neither the server nor any plugin reads, in the order of the file.
    ///
    /// To be called once the plugins are open: only then the keys that they read are known.
    #[must_use]
    pub fn unknown_keys(&self, read_by_plugins: &BTreeSet<String>) -> Vec<UnknownKey> {
        self.unrecognized_keys
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
        command_line: &CommandLine,
        environment: &dyn Fn(&str) -> Option<OsString>,
        default_file: &Path,
    ) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        let file = layers::choose_file(command_line, environment, default_file);
        let layers = layers::collect(command_line, environment, file)?;
        Self::of_layers(&layers, environment)
    }

    fn of_layers(
        layers: &Layers,
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(Self, Vec<ConfigWarning>), ConfigError> {
        let Layers {
            file,
            file_keys,
            values,
            warnings,
        } = layers;
        let mut warnings = warnings.clone();
        if let Some((key, setting)) = values
            .iter()
            .find(|(key, _)| keys::names_java_keystore(key))
        {
            return Err(ConfigError::JavaKeystore {
                origin: setting.origin.clone(),
                key: key.to_owned(),
            });
        }
        let trusted_proxies = values.optional(&SETTINGS.trusted_proxies)?;
        let trusted_proxies = trusted_proxies.unwrap_or_default();
        let upstream = upstream_rules::upstream(values)?;
        let listeners = listeners::listeners(values, upstream.as_ref(), &mut warnings)?;
        let tls = sections::tls(values, &listeners)?;
        let (model_store, load_models) = sections::models(values)?;
        let max_request_size_bytes = values
            .value(&SETTINGS.max_request_size)?
            .map_or(UNLIMITED_REQUEST_BYTES, NonZeroUsize::get);
        let config = Self {
            file: file.clone(),
            listeners,
            tls,
            plugins_path: values.optional(&SETTINGS.plugins_path)?,
            plugin_trust: sections::plugin_trust(values, environment)?,
            plugin_opening: sections::plugin_opening(values)?,
            watch_plugins: values.value(&SETTINGS.watch_plugins)?,
            token: sections::token(values, upstream.is_some())?,
            cut_streams_on_revocation: values
                .value(&UPSTREAM_SETTINGS.cut_streams_on_revocation)?,
            upstream,
            model_store,
            load_models,
            models_probe: values.value(&SETTINGS.models_probe)?,
            model_operators_max: values.value(&SETTINGS.model_operators_max)?,
            model_bytes_max: values.value(&SETTINGS.model_bytes_max)?,
            model_load_timeout: values.value(&SETTINGS.model_load_timeout_sec)?,
            job_queue_size: values.value(&SETTINGS.job_queue_size)?,
            default_workers_per_model: values.value(&SETTINGS.default_workers_per_model)?,
            prediction_timeout: values.value(&SETTINGS.default_response_timeout)?,
            max_request_size_bytes,
            bodies: bodies::bodies(values, max_request_size_bytes)?,
            clients: client_limits::clients(values)?,
            proxy_protocol: sections::proxy_protocol(values, &trusted_proxies)?,
            trusted_proxies,
            worker_threads: values
                .optional(&SETTINGS.number_of_netty_threads)?
                .flatten(),
            shutdown_timeout: values.value(&SETTINGS.shutdown_timeout_sec)?,
            cors: sections::cors(values)?,
            log_level: values.value(&LOG_SETTINGS.log_level)?,
            access_log: values.value(&LOG_SETTINGS.access_log)?,
            settings: Arc::new(settings(values)),
            values: values.without_secrets(),
            has_file_settings: !file_keys.is_empty(),
            unrecognized_keys: file_keys
                .iter()
                .filter(|(key, _)| !keys::is_declared(key) && !keys::has_no_effect(key))
                .cloned()
                .collect(),
        };
        Ok((config, warnings))
    }
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
