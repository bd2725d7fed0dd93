//! The validated configuration: every value has a type that cannot be wrong.
//!
//! [`Config::resolve`] combines the configuration file, the command line and the environment; nothing
//! else parses a setting. The order of precedence is TorchServe's. `table` declares each setting once.
//! Of the rest of the crate this module imports only types that HTTP shares with it.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    address::{InvalidListenAddress, ListenAddress, Scheme},
    command_line::CommandLine,
    cors::CorsSettings,
    error::{ConfigError, ConfigWarning, UnknownKey, UpstreamConflict},
    listeners::{Listener, Listeners, Roles},
    models::{LoadModels, ModelSpec},
    plugin_trust::{PluginTrust, PublicKeySource},
    settings::{Origin, Setting, Settings},
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
pub(crate) use self::{
    declaration::{Argument, Declaration, DefaultValue, Flag, Group},
    table::declarations,
};
use self::{
    table::{SETTINGS, UPSTREAM_SETTINGS},
    values::Values,
};
pub use crate::http::trusted_proxies::TrustedProxies;
mod address;
mod command_line;
mod cors;
mod declaration;
mod error;
mod file;
mod keys;
mod layers;
mod listeners;
mod models;
mod parse;
mod plugin_trust;
mod properties;
mod settings;
mod table;
mod tls;
mod token;
mod upstream;
mod upstream_address;
mod upstream_health;
mod upstream_rules;
mod values;

const DEFAULT_FILE: &str = "config.properties";
/// The largest body, in bytes, of requests that are not forwarded when the forwarded ones have no
/// limit: it is kept in memory.
const UNLIMITED_REQUEST_BYTES: usize = 6_553_500;

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
    /// Requests that wait for one model at most; more are refused (`job_queue_size`).
    pub job_queue_size: NonZeroUsize,
    /// Threads for each model; `None` lets the server choose (TorchServe's 0).
    pub default_workers_per_model: Option<NonZeroUsize>,
    /// How long a client waits for its prediction at most (`default_response_timeout`).
    pub prediction_timeout: Duration,
    /// Largest body in bytes of a request that is not forwarded, at least 1 (`max_request_size`).
    pub max_request_size_bytes: usize,
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
    /// Whether each request is logged.
    pub access_log: bool,
    /// The values in force as text, for plugins.
    pub settings: Settings,
    /// The keys of the file that the server does not know.
    unrecognized_keys: Vec<(String, Origin)>,
}

/// Limits of what one client may send and open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientLimits {
    /// The largest head of a request in bytes (`max_header_size`).
    pub header_bytes_max: usize,
    /// Connections from one address; none for no limit (`connections_per_address_max`).
    pub connections_per_address_max: Option<NonZeroUsize>,
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
        let layers::Layers {
            file,
            file_keys,
            values,
            mut warnings,
        } = layers::collect(command_line, environment, default_file)?;
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
        let upstream = upstream_rules::upstream(&values)?;
        let listeners = listeners::listeners(&values, upstream.as_ref(), &mut warnings)?;
        let tls = tls(&values, &listeners)?;
        let (model_store, load_models) = models(&values)?;
        let config = Self {
            file,
            listeners,
            tls,
            plugins_path: values.optional(&SETTINGS.plugins_path)?,
            plugin_trust: plugin_trust(&values, environment)?,
            watch_plugins: values.value(&SETTINGS.watch_plugins)?,
            token: token(&values, upstream.is_some())?,
            cut_streams_on_revocation: values
                .value(&UPSTREAM_SETTINGS.cut_streams_on_revocation)?,
            upstream,
            model_store,
            load_models,
            job_queue_size: values.value(&SETTINGS.job_queue_size)?,
            default_workers_per_model: values.value(&SETTINGS.default_workers_per_model)?,
            prediction_timeout: values.value(&SETTINGS.default_response_timeout)?,
            max_request_size_bytes: values
                .value(&SETTINGS.max_request_size)?
                .map_or(UNLIMITED_REQUEST_BYTES, NonZeroUsize::get),
            clients: ClientLimits {
                header_bytes_max: values.value(&SETTINGS.max_header_size)?,
                connections_per_address_max: values.value(&SETTINGS.connections_per_address_max)?,
            },
            proxy_protocol: proxy_protocol(&values, &trusted_proxies)?,
            trusted_proxies,
            worker_threads: values
                .optional(&SETTINGS.number_of_netty_threads)?
                .flatten(),
            shutdown_timeout: values.value(&SETTINGS.shutdown_timeout_sec)?,
            cors: cors(&values)?,
            access_log: values.value(&SETTINGS.access_log)?,
            settings: settings(&values),
            unrecognized_keys: file_keys
                .into_iter()
                .filter(|(key, _)| !keys::is_declared(key) && !keys::has_no_effect(key))
                .collect(),
        };
        Ok((config, warnings))
    }
}

fn tls(values: &Values, listeners: &Listeners) -> Result<Option<ListenerTls>, ConfigError> {
    let given = tls::GivenFiles {
        certificate: values.with_origin(&SETTINGS.certificate_file)?,
        private_key: values.with_origin(&SETTINGS.private_key_file)?,
        client_ca: values.with_origin(&SETTINGS.client_ca_file)?,
    };
    given.for_listeners(
        &listeners.by_key(),
        values.value(&SETTINGS.tls_handshake_timeout_sec)?,
    )
}

fn proxy_protocol(values: &Values, proxies: &TrustedProxies) -> Result<bool, ConfigError> {
    match values.switched_on(&SETTINGS.proxy_protocol)? {
        Some(origin) if proxies.is_empty() => Err(ConfigError::NoTrustedProxies {
            origin: origin.clone(),
        }),
        origin => Ok(origin.is_some()),
    }
}

fn models(values: &Values) -> Result<(Option<PathBuf>, LoadModels), ConfigError> {
    let store = values.optional(&SETTINGS.model_store)?;
    let load = values.optional(&SETTINGS.load_models)?.unwrap_or_default();
    match values.origin(&SETTINGS.load_models) {
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
        insecure_permissions: values.value(&SETTINGS.plugins_insecure_permissions)?,
        allow_list: values.optional(&SETTINGS.plugins_allow)?,
        public_key: values.optional(&SETTINGS.plugins_public_key)?,
        cache_path: values.optional(&SETTINGS.plugins_cache_path)?,
        runtime_path: environment("RUNTIME_DIRECTORY")
            .as_deref()
            .and_then(plugin_trust::first_of_list),
    })
}

fn cors(values: &Values) -> Result<CorsSettings, ConfigError> {
    Ok(CorsSettings {
        allowed_origin: values.optional(&SETTINGS.cors_allowed_origin)?,
        allowed_methods: values.optional(&SETTINGS.cors_allowed_methods)?,
        allowed_headers: values.optional(&SETTINGS.cors_allowed_headers)?,
    })
}

fn token(values: &Values, has_upstream: bool) -> Result<TokenConfig, ConfigError> {
    let disabled = values.switched_on(&SETTINGS.disable_token_authorization)?;
    let required = values.switched_on(&SETTINGS.require_token_authorization)?;
    let authorization = match (disabled, required) {
        (None, None) if has_upstream => TokenAuthorization::Require(RequiredBy::Upstream),
        (None, None) => TokenAuthorization::IfPlugin,
        (Some(_), None) => TokenAuthorization::Disable,
        (None, Some(_)) => TokenAuthorization::Require(RequiredBy::Setting),
        (Some(disabled), Some(required)) => {
            let (disabled, required) = (disabled.clone(), required.clone());
            return Err(ConfigError::Conflict { disabled, required });
        }
    };
    let exempt_paths = values.optional(&SETTINGS.token_exempt_paths)?;
    Ok(TokenConfig {
        authorization,
        expiration: values.value(&SETTINGS.token_expiration_min)?,
        status: values.value(&SETTINGS.token_auth_status)?,
        exempt_paths: exempt_paths.unwrap_or_default(),
        header: values.optional(&SETTINGS.token_header)?,
        allow_open_reload: values.value(&SETTINGS.allow_open_reload)?,
    })
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
