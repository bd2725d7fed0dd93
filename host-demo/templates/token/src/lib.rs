//! A token plugin: it decides which requests the server accepts.
//!
//! It makes three keys when the server starts and writes them to a file that only its owner can read. The management
//! key and the inference key expire after the time that the server sets. `/token` replaces them. A new build that
//! replaces this one while the server runs goes on with its keys.
//!
//! | setting | meaning |
//! | --- | --- |
//! | `token_key_file` | where the keys are written; `key_file.json` in the working directory by default |

use std::{path::PathBuf, sync::Arc};

use plugin_api::{Host, Plugin, PluginError};

use crate::{authorizer::Authorizer, keyring::Keyring, token_endpoint::TokenEndpoint};

// `endpoints` lists what `open` registers: the server reads it from the file before any code runs.
plugin_api::export_plugin! { open: open, endpoints: [TokenEndpoint] }

mod authorizer;
mod key;
mod key_file;
mod keyring;
mod succession;
mod token_endpoint;

/// Called once, before any request. An error aborts the server's start, so it is never open by accident.
fn open(host: &Host) -> Result<Plugin, PluginError> {
    let path = host.setting("token_key_file");
    let path = path.map_or_else(
        || PathBuf::from("key_file.json"),
        |path| path.value().into(),
    );
    host.log().info(&format!("keys go to {}", path.display()));
    let keyring = Arc::new(Keyring::new(path));
    let (outgoing, retired) = (Arc::clone(&keyring), Arc::clone(&keyring));
    let at_shutdown = Arc::clone(&keyring);
    let taken = host.take_state().map(|state| keyring.take_over(&state));
    let plugin = Plugin::new()
        .endpoint(TokenEndpoint::new(Arc::clone(&keyring)))
        .token_authorizer(Authorizer::new(keyring))
        .on_hand_over(move || outgoing.hand_over())
        .on_retire(move || retired.retire())
        .on_shutdown(move || at_shutdown.close());
    Ok(match taken {
        Some(Ok(())) => plugin.took_over(),
        Some(Err(error)) => {
            host.log().warn(&format!("new keys are made: {error}"));
            plugin
        }
        None => plugin,
    })
}

#[cfg(test)]
mod tests;
