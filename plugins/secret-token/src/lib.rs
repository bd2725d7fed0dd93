//! A token plugin whose keys come from a read-only folder, such as a mounted Kubernetes secret.
//!
//! The folder holds one file a key, `management`, `inference` and `api`, each with a key and nothing else. The keys
//! never expire; to replace them, replace the files. The plugin reads them every few seconds on a separate thread,
//! and a check only reads what is in memory.
//!
//! | setting | meaning |
//! | --- | --- |
//! | `secret_token_path` | the folder; required |
//! | `secret_token_poll_sec` | seconds between two readings of the folder, 0.1 to 3600, fractions allowed, 5 by default |
//!
//! Invalid files abort startup. Later they cause a warning, and the keys that were read before remain in force.

use std::sync::Arc;

use arc_swap::ArcSwap;
use plugin_api::{Host, Plugin, PluginError};

use crate::{
    authorizer::SecretAuthorizer, settings::Settings, token_endpoint::TokenEndpoint,
    watcher::Watcher,
};

plugin_api::export_plugin! { open: open, endpoints: [TokenEndpoint] }

mod authorizer;
mod key;
mod key_folder;
mod key_set;
mod settings;
mod token_endpoint;
mod watcher;

fn open(host: &Host) -> Result<Plugin, PluginError> {
    let Settings { folder, poll } = Settings::of(host)?;
    let keys = key_folder::read(&folder).map_err(|error| PluginError::new(error.to_string()))?;
    let keys = Arc::new(ArcSwap::from_pointee(keys));
    host.log().info(&format!(
        "keys come from {}, which is read every {poll:?}",
        folder.display()
    ));
    let watcher = Watcher::start(folder, poll, Arc::clone(&keys), host.log())?;
    Ok(Plugin::new()
        .endpoint(TokenEndpoint)
        .token_authorizer(SecretAuthorizer::new(keys, host.log()))
        .on_shutdown(|| watcher.stop()))
}

#[cfg(test)]
mod tests;
