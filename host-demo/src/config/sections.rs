//! The parts of the configuration that several settings make up.

use std::{ffi::OsString, path::PathBuf};

use super::{
    cors::CorsSettings,
    error::ConfigError,
    listeners::Listeners,
    models::LoadModels,
    plugin_opening::PluginOpening,
    plugin_trust::{self, PluginTrust},
    table::SETTINGS,
    tls::{self, ListenerTls},
    token::{RequiredBy, TokenAuthorization, TokenConfig},
    values::Values,
};
use crate::http::trusted_proxies::TrustedProxies;

pub(super) fn tls(
    values: &Values,
    listeners: &Listeners,
) -> Result<Option<ListenerTls>, ConfigError> {
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

pub(super) fn proxy_protocol(
    values: &Values,
    proxies: &TrustedProxies,
) -> Result<bool, ConfigError> {
    match values.switched_on(&SETTINGS.proxy_protocol)? {
        Some(origin) if proxies.is_empty() => Err(ConfigError::NoTrustedProxies {
            origin: origin.clone(),
        }),
        origin => Ok(origin.is_some()),
    }
}

pub(super) fn models(values: &Values) -> Result<(Option<PathBuf>, LoadModels), ConfigError> {
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

pub(super) fn plugin_opening(values: &Values) -> Result<PluginOpening, ConfigError> {
    Ok(PluginOpening {
        probe: values.value(&SETTINGS.plugins_probe)?,
        time_limit: values.value(&SETTINGS.plugin_open_timeout_sec)?,
    })
}

pub(super) fn plugin_trust(
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

pub(super) fn cors(values: &Values) -> Result<CorsSettings, ConfigError> {
    Ok(CorsSettings {
        allowed_origin: values.optional(&SETTINGS.cors_allowed_origin)?,
        allowed_methods: values.optional(&SETTINGS.cors_allowed_methods)?,
        allowed_headers: values.optional(&SETTINGS.cors_allowed_headers)?,
    })
}

pub(super) fn token(values: &Values, has_upstream: bool) -> Result<TokenConfig, ConfigError> {
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
