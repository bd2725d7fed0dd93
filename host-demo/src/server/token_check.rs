//! The token check of a server without its listeners, for programs that measure it.

use std::{net::SocketAddr, sync::Arc};

use http::request::Parts;
use plugin_api::TokenType;

use crate::{
    config::Config,
    generations::{BuildError, Builder, ConfigInForce, Generation},
    plugins::{RequestView, TokenPlugin, TokenPluginError},
    request::operations::is_built_in,
};

/// A token plugin, opened as by a server.
#[derive(Debug)]
pub struct TokenCheck {
    plugin: Arc<TokenPlugin>,
    // The order of the fields: dropping shuts the plugin down, and then removes the file that it
    // was loaded from.
    _generation: Generation,
    _builder: Builder,
}

impl TokenCheck {
    /// Opens the plugins of a configuration and generates the keys; `None` if there is no token
    /// plugin.
    ///
    /// # Errors
    /// A plugin cannot be used.
    pub fn open(config: &Config) -> Result<Option<Self>, BuildError> {
        let mut config = config.clone();
        // This executable is not the server's.
        config.plugin_opening.probe = false;
        let builder = Builder::new(&config, is_built_in);
        let set = builder.load(&config, None)?;
        let in_force = ConfigInForce::unchanged(Arc::new(config), None);
        let first = builder.open_first(in_force, set)?.generate_keys()?;
        let Some(plugin) = first.generation.plugins.token_plugin().map(Arc::clone) else {
            return Ok(None);
        };
        Ok(Some(Self {
            plugin,
            _generation: first.generation,
            _builder: builder,
        }))
    }

    /// Whether the plugin allows a request, whose path is given decoded. This allocates nothing.
    #[must_use]
    pub fn allows(
        &self,
        request: &Parts,
        decoded_path: &str,
        peer: SocketAddr,
        token_type: TokenType,
    ) -> bool {
        let view = RequestView::new(request, decoded_path, "", peer);
        self.plugin
            .check_token_authorization(&view, token_type)
            .allows()
    }

    /// Makes the plugin replace all keys.
    ///
    /// # Errors
    /// The plugin failed; the old keys stay valid.
    pub fn replace_keys(&self) -> Result<(), TokenPluginError> {
        self.plugin.generate_keys()
    }
}
