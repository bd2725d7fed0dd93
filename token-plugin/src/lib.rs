//! TorchServe's token authorization as a plugin.
//!
//! At start it makes three keys and writes them to a key file: one opens the management API, one the
//! inference API, and the API key opens `/token`, which replaces the other two. The management key
//! and the inference key expire. How keys are made, checked, replaced and handed over to a new build
//! is in `token-core`; this crate has what depends on the host and on the file.
//!
//! | topic | file |
//! | --- | --- |
//! | the three functions of the contract | `authorizer.rs` |
//! | `/token` | `endpoint.rs` |
//! | the key file as the store of the keys | `key_file_store.rs` |
//! | the key file: its text, its replacement, its lock | `document.rs`, `key_file.rs`, `lock.rs` |
//! | what they do with the file system | `file_system.rs` |
//! | what is logged and audited when keys change | `key_events.rs` |
//! | the thread that watches the ends of the keys | `key_timer.rs` |
//! | the metrics | `key_metrics.rs` |
//!
//! # Source
//! TorchServe 0.11 `org.pytorch.serve.plugins.endpoint.Token`.

// This code runs in the server's process and must not panic.
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

use plugin_api::{Host, Log, Plugin, PluginError, State};
use token_core::{
    Clock, HAND_OVER_VERSION, KeyEvent, Keyring, Lifetime, Random, SystemClock, SystemRandom,
};

#[cfg(fuzzing)]
pub use crate::key_file_store::fuzzing;
use crate::{
    authorizer::KeyAuthorizer, endpoint::TokenEndpoint, key_file_store::KeyFileStore,
    key_metrics::Rotations, key_timer::KeyTimer, settings::Settings,
};

mod authorizer;
mod document;
mod endpoint;
mod file_system;
mod key_events;
mod key_file;
mod key_file_store;
mod key_metrics;
mod key_timer;
mod leftovers;
mod lock;
mod owned_file;
mod settings;
#[cfg(test)]
mod tests;

plugin_api::export_plugin! { open: open, endpoints: [TokenEndpoint] }

/// Opens the plugin: reads its settings and examines what is at the key file's path. Nothing is
/// written until the host requests keys.
///
/// With the state of a previous build it continues with that build's keys.
///
/// # Errors
/// A setting is invalid, or something other than a key file is at the key file's path.
pub fn open(host: &Host) -> Result<Plugin, PluginError> {
    let opened = Opened::new(host, SystemClock, SystemRandom)?;
    Ok(opened.with_timer(host.log()).into_plugin())
}

/// The state for the next build, if there are keys.
fn hand_over(keyring: &KeyFileKeyring) -> Option<State> {
    let bytes = keyring.hand_over()?;
    Some(State::new(HAND_OVER_VERSION, bytes))
}

/// The keys of this plugin.
type KeyFileKeyring = Keyring<KeyFileStore>;

/// The parts of the plugin.
#[derive(Debug)]
struct Opened {
    authorizer: KeyAuthorizer,
    endpoint: TokenEndpoint,
    keyring: Arc<KeyFileKeyring>,
    rotations: Arc<Rotations>,
    rotate_before: Option<Lifetime>,
    timer: Option<Arc<KeyTimer>>,
    took_over: bool,
}

impl Opened {
    fn new(host: &Host, clock: impl Clock, random: impl Random) -> Result<Self, PluginError> {
        let Settings {
            key_file,
            key_length,
            api_returns_key,
            rotate_before,
        } = Settings::read(host)?;
        let log = host.log();
        if key_length.is_short() {
            log.warn(&format!(
                "token_key_bytes={}: keys of less than 16 bytes can be guessed in time",
                key_length.bytes()
            ));
        }
        let rotations = Arc::new(Rotations::default());
        let counted = Arc::clone(&rotations);
        let report = key_events::report_to(host.clone(), key_file.path().to_owned());
        let on_event = move |event: &KeyEvent<'_>| {
            counted.count(event);
            report(event);
        };
        let store = KeyFileStore::new(key_file, log);
        let keyring = Arc::new(Keyring::new(store, key_length, clock, random, on_event));
        // Last: nothing that follows it can fail.
        let took_over = host
            .take_state()
            .is_some_and(|state| keyring.take_over(state.version(), state.bytes()));
        let time = rotate_before.as_ref().map(|rotation| rotation.time);
        Ok(Self {
            authorizer: KeyAuthorizer::new(Arc::clone(&keyring)).with_rotation(rotate_before),
            endpoint: TokenEndpoint::new(Arc::clone(&keyring), api_returns_key),
            keyring,
            rotations,
            rotate_before: time,
            timer: None,
            took_over,
        })
    }

    /// Attends to the ends of the keys, at once if there are some.
    fn with_timer(mut self, log: Log) -> Self {
        let timer = Arc::new(KeyTimer::new(self.rotate_before, log));
        if self.took_over {
            timer.start(&self.keyring);
        }
        self.authorizer = self.authorizer.with_timer(Arc::clone(&timer));
        self.timer = Some(timer);
        self
    }

    fn into_plugin(self) -> Plugin {
        let Self {
            authorizer,
            endpoint,
            keyring,
            rotations,
            rotate_before: _,
            timer,
            took_over,
        } = self;
        let stop = move || timer.iter().for_each(|timer| timer.stop());
        let stop_too = stop.clone();
        let (readiness, sampled) = (Arc::clone(keyring.active()), Arc::clone(keyring.active()));
        let (outgoing, retired) = (Arc::clone(&keyring), Arc::clone(&keyring));
        let plugin = Plugin::new()
            .endpoint(endpoint)
            .token_authorizer(authorizer)
            .ready_when(move || {
                let in_force = readiness.in_force();
                in_force.map_err(|error| PluginError::from_error(&error))
            })
            .metrics(move |into| key_metrics::sample(&sampled, &rotations, into))
            .on_hand_over(move || hand_over(&outgoing))
            .on_retire(move || {
                stop();
                retired.retire();
            })
            .on_shutdown(move || {
                stop_too();
                keyring.close();
            });
        if took_over {
            plugin.took_over()
        } else {
            plugin
        }
    }
}
