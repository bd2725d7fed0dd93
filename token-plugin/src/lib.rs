//! TorchServe's token authorization as a plugin.
//!
//! Three keys are made at start and written to a key file: one opens the management API, one the
//! inference API, and the API key opens `/token`, which replaces the other two. The management key
//! and the inference key expire.
//!
//! | what | where |
//! | --- | --- |
//! | the three functions of the contract | `authorizer.rs` |
//! | `/token` | `endpoint.rs` |
//! | which keys are valid now, and how they are replaced | `keyring.rs` |
//! | the key file: its text, its replacement, its lock | `document.rs`, `key_file.rs`, `lock.rs` |
//! | how a new build goes on with the keys | `hand_over.rs` |
//!
//! One key, the set of three, expiration, clocks and randomness are in the crate `token-core`.
//!
//! # Source
//! TorchServe 0.11 `org.pytorch.serve.plugins.endpoint.Token`.

// What runs in somebody else's server does not panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )
)]

use std::sync::Arc;

use plugin_api::{Host, Plugin, PluginError};
use token_core::{Clock, Random, SystemClock, SystemRandom};

use crate::{
    authorizer::KeyAuthorizer, endpoint::TokenEndpoint, keeper::Keeper, keyring::Keyring,
    settings::Settings,
};

mod authorizer;
mod document;
mod endpoint;
mod error;
mod hand_over;
mod keeper;
mod key_file;
mod keyring;
mod leftovers;
mod lock;
mod owned_file;
mod settings;
#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;

plugin_api::export_plugin! { open: open, endpoints: [TokenEndpoint] }

/// Opens the plugin: reads its settings and looks at what is at the key file's path. Nothing is
/// written until the host asks for keys.
///
/// With the state of a predecessor it goes on with that one's keys.
///
/// # Errors
/// A setting will not do, or there is something else where the key file belongs.
pub fn open(host: &Host) -> Result<Plugin, PluginError> {
    let Opened {
        authorizer,
        endpoint,
        keeper,
        took_over,
    } = Opened::new(host, SystemClock, SystemRandom)?;
    let (outgoing, retired) = (Arc::clone(&keeper), Arc::clone(&keeper));
    let plugin = Plugin::new()
        .endpoint(endpoint)
        .token_authorizer(authorizer)
        .on_hand_over(move || outgoing.hand_over())
        .on_retire(move || retired.retire())
        .on_shutdown(move || keeper.close());
    Ok(if took_over {
        plugin.took_over()
    } else {
        plugin
    })
}

/// What the plugin consists of.
#[derive(Debug)]
struct Opened {
    authorizer: KeyAuthorizer,
    endpoint: TokenEndpoint,
    keeper: Arc<Keeper>,
    took_over: bool,
}

impl Opened {
    fn new(host: &Host, clock: impl Clock, random: impl Random) -> Result<Self, PluginError> {
        let Settings {
            key_file,
            key_length,
            api_returns_key,
        } = Settings::read(host)?;
        let log = host.log();
        if key_length.is_short() {
            log.warn(&format!(
                "token_key_bytes={}: keys of less than 16 bytes can be guessed in time",
                key_length.bytes()
            ));
        }
        let path = key_file.path().to_owned();
        let keyring = Keyring::new(key_file, key_length, clock, random);
        let keeper = Arc::new(Keeper::new(keyring, path, log));
        // Last: nothing that comes after it can fail.
        let took_over = host
            .take_state()
            .is_some_and(|state| keeper.take_over(&state));
        Ok(Self {
            authorizer: KeyAuthorizer::new(Arc::clone(&keeper)),
            endpoint: TokenEndpoint::new(Arc::clone(&keeper), api_returns_key),
            keeper,
            took_over,
        })
    }
}
