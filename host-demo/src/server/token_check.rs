//! The token check of a server without its listeners, for programs that measure it.

use std::{net::SocketAddr, sync::Arc};

use http::request::Parts;
use plugin_api::TokenType;

use super::startup::{Prepared, StartError, failed};
use crate::{
    config::Config,
    plugins::{RequestView, TokenPlugin, TokenPluginError},
};

/// A token plugin, opened as a server opens it.
#[derive(Debug)]
pub struct TokenCheck {
    plugin: Arc<TokenPlugin>,
    // Last, because dropping it ends the plugin and removes the file that it was loaded from.
    _prepared: Prepared,
}

impl TokenCheck {
    /// Opens the plugins of a configuration and lets the token plugin write its keys; `None` if there
    /// is no token plugin.
    ///
    /// # Errors
    /// Whatever aborts the startup of a server.
    pub fn open(config: &Config) -> Result<Option<Self>, StartError> {
        let prepared = Prepared::new(config)?;
        let Some(plugin) = prepared.plugins.token_plugin().map(Arc::clone) else {
            return Ok(None);
        };
        plugin.generate_keys().map_err(failed(&prepared.plugins))?;
        Ok(Some(Self {
            plugin,
            _prepared: prepared,
        }))
    }

    /// Whether the plugin allows a request, whose path is given as it is after decoding. This
    /// allocates nothing.
    #[must_use]
    pub fn allows(
        &self,
        request: &Parts,
        decoded_path: &str,
        peer: SocketAddr,
        token_type: TokenType,
    ) -> bool {
        let view = RequestView::new(request, decoded_path, peer, &[]);
        self.plugin
            .check_token_authorization(&view, token_type)
            .allows()
    }

    /// Lets the plugin replace all keys.
    ///
    /// # Errors
    /// The plugin failed; the old keys stay valid.
    pub fn replace_keys(&self) -> Result<(), TokenPluginError> {
        self.plugin.generate_keys()
    }
}
