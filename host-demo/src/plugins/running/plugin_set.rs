//! The plugins that serve together.

use std::sync::Arc;

use plugin_api::EndpointType;

use super::{
    endpoint::{PluginEndpoint, TOKEN_PATTERN},
    loaded::LoadedPlugin,
    registry::{DuplicateEndpoint, Registry},
    token::TokenPlugin,
};

/// One set of plugins. It is replaced as a whole and never changed.
#[derive(Debug, Default)]
pub(crate) struct Plugins {
    registry: Registry,
    token: Option<Arc<TokenPlugin>>,
    loaded: Vec<Arc<LoadedPlugin>>,
}

impl Plugins {
    /// Puts plugins together, in this order.
    ///
    /// # Errors
    /// Two of them claim the same endpoint.
    pub(crate) fn new(
        loaded: Vec<Arc<LoadedPlugin>>,
        with_token_plugin: bool,
    ) -> Result<Self, DuplicateEndpoint> {
        let mut plugins = Self::default();
        for plugin in loaded {
            for endpoint in &plugin.endpoints {
                plugins.registry.add(&plugin.identity.file, endpoint)?;
            }
            if plugin.token.is_some() {
                plugins.token.clone_from(&plugin.token);
            }
            plugins.loaded.push(plugin);
        }
        if !with_token_plugin && plugins.token.take().is_some() {
            plugins
                .registry
                .remove(EndpointType::MANAGEMENT, TOKEN_PATTERN);
        }
        Ok(plugins)
    }

    /// The endpoint of a listener for the first segment of a path.
    pub(crate) fn endpoint(
        &self,
        endpoint_type: EndpointType,
        segment: &str,
    ) -> Option<&Arc<PluginEndpoint>> {
        self.registry.find(endpoint_type, segment)
    }

    /// The endpoint that replaces keys.
    pub(crate) fn token_endpoint(&self) -> Option<&Arc<PluginEndpoint>> {
        self.endpoint(EndpointType::MANAGEMENT, TOKEN_PATTERN)
    }

    /// All endpoints in the order they were loaded.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Arc<PluginEndpoint>> {
        self.registry.iter()
    }

    /// The plugin that checks requests.
    pub(crate) const fn token_plugin(&self) -> Option<&Arc<TokenPlugin>> {
        self.token.as_ref()
    }

    /// The plugin that checks requests, as it was loaded.
    pub(crate) fn loaded_token_plugin(&self) -> Option<&Arc<LoadedPlugin>> {
        let decides = self.token.as_ref()?;
        self.loaded.iter().find(|one| {
            one.token
                .as_ref()
                .is_some_and(|it| Arc::ptr_eq(it, decides))
        })
    }

    /// All plugins in the order they were loaded.
    pub(crate) fn loaded(&self) -> &[Arc<LoadedPlugin>] {
        &self.loaded
    }

    /// Shuts down every plugin, the last one loaded first. Only the first call has an effect.
    pub(crate) fn shutdown(&self) {
        for plugin in self.loaded.iter().rev() {
            plugin.lifecycle.shutdown();
        }
    }
}
