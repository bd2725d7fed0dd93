//! Why a generation cannot be built.

use std::path::PathBuf;

use super::rotations::RotationRuns;
use crate::plugins::{LoadedPlugin, PluginLoadError, TokenPluginError};

/// Why no generation can be built from the plugins folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A plugin cannot be used.
    #[error(transparent)]
    Plugin(#[from] PluginLoadError),
    /// A call that replaces a key does not return.
    #[error(transparent)]
    Rotation(#[from] RotationRuns),
    /// A function of the token plugin failed.
    #[error(transparent)]
    TokenPlugin(#[from] TokenPluginFailure),
    /// There is no token plugin, but the configuration requires one.
    #[error("no token plugin is loaded, and {by}: {where_to_look}")]
    TokenPluginRequired {
        /// What requires one.
        by: &'static str,
        /// What to do.
        where_to_look: String,
    },
    /// Without the last generation's token plugin the server would be open.
    #[error(
        "the token plugin {} was removed, and without it the server would be open: restore it, or start \
         the server with --allow-open-reload", file.display()
    )]
    TokenPluginRemoved {
        /// The path where it was.
        file: PathBuf,
    },
    /// The old token plugin had to be shut down for the new build, which failed then.
    #[error(
        "the new build refused the keys of the old one, which is shut down, and generated none: every \
         request is denied until a reload succeeds"
    )]
    NoKeys(#[source] TokenPluginFailure),
}

impl BuildError {
    /// Whether a plugin took longer than `plugin_open_timeout_sec`.
    pub(super) const fn is_timeout(&self) -> bool {
        match self {
            Self::Plugin(error) => error.is_open_timeout(),
            Self::Rotation(_) => true,
            _ => false,
        }
    }
}

/// A function of the token plugin failed.
#[derive(Debug, thiserror::Error)]
#[error("plugin {}: {reason}", file.display())]
pub struct TokenPluginFailure {
    /// The plugin's file.
    pub file: PathBuf,
    /// The function, and the plugin's message.
    pub reason: TokenPluginError,
}

impl TokenPluginFailure {
    /// Adds the file of the plugin to its error.
    pub(super) fn of(plugin: &LoadedPlugin) -> impl Fn(TokenPluginError) -> Self {
        let file = plugin.identity.file.clone();
        move |reason| Self {
            file: file.clone(),
            reason,
        }
    }
}
