//! The plugin that decides who may reach the server.

use std::{path::PathBuf, sync::Arc};

use plugin_api::{PluginError, TokenType, Verdict, abi::RawTokenAuthorizerBox};

use super::{loaded::PluginLifecycle, view::RequestView};
use crate::plugins::loading::error::PluginLoadError;

/// A loaded token plugin: the three functions of the contract.
pub(crate) struct TokenPlugin {
    name: Arc<str>,
    file: PathBuf,
    raw: RawTokenAuthorizerBox,
    owner: Arc<PluginLifecycle>,
}

impl TokenPlugin {
    pub(crate) const fn new(
        name: Arc<str>,
        file: PathBuf,
        owner: Arc<PluginLifecycle>,
        raw: RawTokenAuthorizerBox,
    ) -> Self {
        Self {
            name,
            file,
            raw,
            owner,
        }
    }

    /// The plugin's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The three functions across the boundary.
    pub(crate) const fn raw(&self) -> &RawTokenAuthorizerBox {
        &self.raw
    }

    /// Whether it goes on with the keys of its predecessor.
    pub(crate) fn took_over(&self) -> bool {
        self.owner.took_over()
    }

    /// Sets how long keys live.
    ///
    /// # Errors
    /// The plugin does not support it; the server must not start.
    pub(crate) fn set_time(&self, minutes: f64) -> Result<(), PluginLoadError> {
        self.outcome("set_time", self.raw.set_time(minutes).into_result())
    }

    /// Makes all keys, and the file that holds them.
    ///
    /// # Errors
    /// The plugin cannot do it; the server must not start.
    pub(crate) fn generate_keys(&self) -> Result<(), PluginLoadError> {
        let keys = self.raw.generate_key_file(TokenType::TOKEN).into_result();
        self.outcome("generate_key_file", keys)
    }

    /// Asks the plugin: on every request's way.
    pub(crate) fn check_token_authorization(
        &self,
        request: &RequestView<'_>,
        token_type: TokenType,
    ) -> Verdict {
        self.raw
            .check_token_authorization(&request.as_raw(), token_type)
    }

    fn outcome<E: Into<PluginError>>(
        &self,
        function: &'static str,
        result: Result<(), E>,
    ) -> Result<(), PluginLoadError> {
        result.map_err(|error| PluginLoadError::TokenPlugin {
            path: self.file.clone(),
            function,
            message: error.into().message().to_owned(),
        })
    }
}

impl std::fmt::Debug for TokenPlugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenPlugin")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
