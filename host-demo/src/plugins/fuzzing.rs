//! Files of plugins for the fuzz targets, and a plugin that comes from no file.

use std::{path::Path, sync::Arc, time::SystemTime};

use minisign_verify::PublicKey;
use plugin_api::{
    Host, Plugin, PluginError,
    abi::{RawError, RawPlugin},
};

use super::{
    contract::CONTRACT,
    digest::Sha256,
    loading::inspect,
    running::{
        endpoint::PluginEndpoint,
        host_api::{HostApi, OfferedState},
        lifecycle::PluginLifecycle,
        loaded::{Identity, LoadedPlugin},
        plugin_settings::PluginSettings,
        token::TokenPlugin,
    },
    trust::{allow_list::AllowList, signature::Signer},
};

/// Name and contract of the plugin in a file.
///
/// # Errors
/// Why it is none.
pub fn inspect(bytes: &[u8]) -> Result<(String, String), String> {
    let manifest = inspect::inspect(bytes).map_err(|error| error.to_string())?;
    Ok((manifest.name, manifest.contract))
}

/// Whether the list with this text allows a file of this name with this digest, in hexadecimal digits.
///
/// # Errors
/// Why the list is refused.
pub fn is_allowed(text: &[u8], name: &str, digest: &str) -> Result<bool, String> {
    let list = AllowList::parse(Path::new("allow"), text).map_err(|error| error.to_string())?;
    let digest = digest.parse::<Sha256>()?;
    Ok(list.check(name.as_ref(), digest).is_ok())
}

/// Whether a signature is one of these bytes by this key. `None` if the text of the key is refused.
#[must_use]
pub fn is_signed(key: &str, bytes: &[u8], signature: &[u8]) -> Option<bool> {
    let key = PublicKey::decode(key).or_else(|_| PublicKey::from_base64(key));
    let signer = Signer::new(key.ok()?);
    let path = Path::new("libplugin.so.minisig");
    Some(signer.check(bytes, signature, path).is_ok())
}

/// A plugin of this process.
///
/// # Errors
/// It could not be opened.
pub(crate) fn loaded(
    open: fn(&Host) -> Result<Plugin, PluginError>,
) -> Result<LoadedPlugin, RawError> {
    const NAME: &str = "fuzzed";
    let state = OfferedState::new(None);
    let settings = Arc::new(PluginSettings::new(Arc::default()));
    let host = HostApi::boxed(NAME.into(), Arc::clone(&settings), state);
    // Opening replaces the hook, by which a panic ends the fuzzer.
    let hook = std::panic::take_hook();
    let opened = plugin_api::__private::open(host, open).into_result();
    std::panic::set_hook(hook);
    let RawPlugin {
        endpoints,
        token_authorizer,
        lifecycle,
    } = opened?;
    let lifecycle = Arc::new(PluginLifecycle::new(lifecycle, false));
    let endpoint = |raw| PluginEndpoint::new(NAME.into(), Arc::clone(&lifecycle), raw);
    let endpoints = endpoints.into_iter().map(endpoint).map(Arc::new).collect();
    let token = token_authorizer.into_option();
    let token = token.map(|raw| TokenPlugin::new(NAME.into(), Arc::clone(&lifecycle), raw));
    Ok(LoadedPlugin {
        identity: Identity {
            file: NAME.into(),
            sha256: Sha256::of(NAME.as_bytes()),
            name: NAME.to_owned(),
            version: "1.0.0".to_owned(),
            contract: CONTRACT.to_owned(),
            compiler: "rustc".to_owned(),
        },
        endpoints,
        token: token.map(Arc::new),
        generation: 1,
        since: SystemTime::UNIX_EPOCH,
        settings,
        lifecycle,
    })
}
