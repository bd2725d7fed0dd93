//! A plugin that is open.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{endpoint::PluginEndpoint, lifecycle::PluginLifecycle, token::TokenPlugin};
use crate::plugins::digest::Sha256;

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
    pub(crate) lifecycle: Arc<PluginLifecycle>,
}

impl LoadedPlugin {
    /// Whether it is this file with these bytes, and not at its end already.
    pub(crate) fn is(&self, file: &Path, sha256: Sha256) -> bool {
        self.identity.file == file && self.identity.sha256 == sha256 && !self.lifecycle.is_told()
    }
}
