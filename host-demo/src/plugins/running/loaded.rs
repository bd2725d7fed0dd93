//! A plugin that is open.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    endpoint::PluginEndpoint, lifecycle::PluginLifecycle, plugin_settings::PluginSettings,
    token::TokenPlugin,
};
use crate::{config::Settings, plugins::digest::Sha256};

/// The description of a loaded file.
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
    /// The compiler.
    pub(crate) compiler: String,
}

/// An open plugin. Its library stays in memory; its objects do not.
#[derive(Debug)]
pub(crate) struct LoadedPlugin {
    /// The loaded file.
    pub(crate) identity: Identity,
    /// In the order of registration.
    pub(crate) endpoints: Vec<Arc<PluginEndpoint>>,
    /// Present in a token plugin.
    pub(crate) token: Option<Arc<TokenPlugin>>,
    /// The first generation that it serves in.
    pub(crate) generation: u64,
    /// When it was opened.
    pub(crate) since: SystemTime,
    /// Shared with the plugin.
    pub(crate) settings: Arc<PluginSettings>,
    /// Shared with the endpoints and the token plugin, which delay its shutdown.
    pub(crate) lifecycle: Arc<PluginLifecycle>,
}

impl LoadedPlugin {
    /// Whether it was loaded from this file with these bytes and these settings, and is not shut down.
    pub(crate) fn is(&self, file: &Path, sha256: Sha256, settings: &Settings) -> bool {
        self.identity.file == file
            && self.identity.sha256 == sha256
            && self.settings.agree_with(settings)
            && !self.lifecycle.is_told()
    }
}
