//! A plugin that is open, and how it ends.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use plugin_api::abi::{RawLifecycleBox, RawState};

use super::{endpoint::PluginEndpoint, token::TokenPlugin};
use crate::plugins::trust::digest::Sha256;

/// What is known of a loaded file.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The file in the plugins folder.
    pub(crate) file: PathBuf,
    /// Of the bytes that were loaded.
    pub(crate) sha256: Sha256,
    /// The plugin's package name.
    pub(crate) name: String,
    /// The plugin's package version.
    pub(crate) version: String,
    /// The contract that it was built for.
    pub(crate) contract: String,
    /// What built it.
    pub(crate) compiler: String,
}

/// A plugin that is open. The library behind it stays for good; the plugin's objects do not.
#[derive(Debug)]
pub(crate) struct LoadedPlugin {
    /// What was loaded.
    pub(crate) identity: Identity,
    /// In the order of registration.
    pub(crate) endpoints: Vec<Arc<PluginEndpoint>>,
    /// Present in a token plugin.
    pub(crate) token: Option<Arc<TokenPlugin>>,
    /// The first generation that it serves in.
    pub(crate) generation: u64,
    /// When it was opened.
    pub(crate) since: SystemTime,
    /// Shared with the endpoints and the token plugin, which keep it from ending.
    pub(crate) owner: Arc<PluginLifecycle>,
}

/// The plugin as a whole: told of its end once, at the latest when the last user lets go.
pub(crate) struct PluginLifecycle {
    lifecycle: RawLifecycleBox,
    took_over: bool,
    is_told: AtomicBool,
}

impl PluginLifecycle {
    /// `had_state` is whether it was offered the state of a predecessor: without, whatever it says,
    /// it cannot go on with one.
    pub(crate) fn new(lifecycle: RawLifecycleBox, had_state: bool) -> Self {
        Self {
            took_over: had_state && lifecycle.took_over(),
            lifecycle,
            is_told: AtomicBool::new(false),
        }
    }

    /// Whether the plugin goes on with its predecessor's state.
    pub(crate) const fn took_over(&self) -> bool {
        self.took_over
    }

    /// What its successor may go on with.
    pub(crate) fn hand_over(&self) -> Option<RawState> {
        self.lifecycle.hand_over().into_option()
    }

    /// A successor went on with its state.
    pub(crate) fn retire(&self) {
        if !self.is_told.swap(true, Ordering::AcqRel) {
            self.lifecycle.retire();
        }
    }

    /// The server ends, or another plugin is in its place.
    pub(crate) fn shutdown(&self) {
        if !self.is_told.swap(true, Ordering::AcqRel) {
            self.lifecycle.shutdown();
        }
    }
}

impl Drop for PluginLifecycle {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl std::fmt::Debug for PluginLifecycle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PluginLifecycle")
            .field("is_told", &self.is_told)
            .finish_non_exhaustive()
    }
}

impl LoadedPlugin {
    /// Whether it is this file with these bytes, and not at its end already.
    pub(crate) fn is(&self, file: &Path, sha256: Sha256) -> bool {
        self.identity.file == file
            && self.identity.sha256 == sha256
            && !self.owner.is_told.load(Ordering::Acquire)
    }
}
