//! A token plugin: it decides who may reach the server.
//!
//! It makes three keys when the server starts and writes them to a file that only its owner can read. The management
//! key and the inference key end after the time that the server sets. `/token` makes a new one in their place.
//!
//! | setting | meaning |
//! | --- | --- |
//! | `token_key_file` | where the keys are written; `key_file.json` in the working directory by default |

use std::{path::PathBuf, sync::Arc};

use plugin_api::{Host, Plugin, PluginError};

use crate::{authorizer::Authorizer, door::Door, token_endpoint::TokenEndpoint};

// `endpoints` lists what `open` registers: a server reads it in the file before any code runs.
plugin_api::export_plugin! { open: open, endpoints: [TokenEndpoint] }

mod authorizer;
mod door;
mod key;
mod key_file;
mod token_endpoint;

/// Called once, before any request. An error stops the server's start, so it is never open by accident.
fn open(host: &Host) -> Result<Plugin, PluginError> {
    let path = host.setting("token_key_file");
    let path = path.map_or_else(
        || PathBuf::from("key_file.json"),
        |path| path.value().into(),
    );
    host.log().info(&format!("keys go to {}", path.display()));
    let door = Arc::new(Door::new(path));
    let at_the_end = Arc::clone(&door);
    Ok(Plugin::new()
        .endpoint(TokenEndpoint::new(Arc::clone(&door)))
        .token_authorizer(Authorizer::new(door))
        .on_shutdown(move || at_the_end.close()))
}

#[cfg(test)]
mod tests;
