//! The plugin that checks requests.

use std::{num::NonZeroU64, sync::Arc};

use plugin_api::{PluginError, TokenType, Verdict, abi::RawTokenAuthorizerBox};

use super::{lifecycle::PluginLifecycle, view::RequestView};

/// The longest name of a key, in bytes.
const KEY_NAME_BYTES_MAX: usize = 128;

/// The functions of the contract's token authorizer.
pub(crate) struct TokenPlugin {
    name: Arc<str>,
    raw: RawTokenAuthorizerBox,
    makes_keys: bool,
    /// The plugin is not shut down while requests are checked.
    _lifecycle: Arc<PluginLifecycle>,
}

/// A function of the token plugin failed.
#[derive(Debug, thiserror::Error)]
#[error("{function} failed: {message}")]
pub struct TokenPluginError {
    /// The function of the contract.
    pub function: &'static str,
    /// The plugin's message.
    pub message: String,
}

impl TokenPlugin {
    pub(crate) fn new(
        name: Arc<str>,
        lifecycle: Arc<PluginLifecycle>,
        raw: RawTokenAuthorizerBox,
    ) -> Self {
        Self {
            name,
            makes_keys: raw.makes_keys(),
            raw,
            _lifecycle: lifecycle,
        }
    }

    /// The three functions across the boundary.
    pub(crate) const fn raw(&self) -> &RawTokenAuthorizerBox {
        &self.raw
    }

    /// Sets how long keys live.
    ///
    /// # Errors
    /// The plugin failed; the server must not start.
    pub(crate) fn set_time(&self, minutes: f64) -> Result<(), TokenPluginError> {
        outcome("set_time", self.raw.set_time(minutes).into_result())
    }

    /// Whether it makes keys. If not, it needs no endpoint `token`, and no key is replaced.
    pub(crate) const fn makes_keys(&self) -> bool {
        self.makes_keys
    }

    /// The name of a key that a check identified. `None` if it has none, or one that a header
    /// cannot contain. Not for every request: the plugin allocates the name.
    pub(crate) fn key_name(&self, key: NonZeroU64) -> Option<String> {
        let name = self.raw.key_name(key.get()).into_option()?;
        let is_good = !name.is_empty()
            && name.len() <= KEY_NAME_BYTES_MAX
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        is_good.then(|| name.into_string())
    }

    /// Generates all keys and the key file, if the plugin makes keys.
    ///
    /// # Errors
    /// The plugin failed; the server must not start.
    pub(crate) fn generate_keys(&self) -> Result<(), TokenPluginError> {
        if !self.makes_keys {
            return Ok(());
        }
        let keys = self.raw.generate_key_file(TokenType::TOKEN).into_result();
        outcome("generate_key_file", keys)
    }

    /// Calls the plugin's check, for every request.
    pub(crate) fn check_token_authorization(
        &self,
        request: &RequestView<'_>,
        token_type: TokenType,
    ) -> Verdict {
        self.raw
            .check_token_authorization(&request.as_raw(), token_type)
    }
}

fn outcome<E: Into<PluginError>>(
    function: &'static str,
    result: Result<(), E>,
) -> Result<(), TokenPluginError> {
    result.map_err(|error| TokenPluginError {
        function,
        message: error.into().message().to_owned(),
    })
}

impl std::fmt::Debug for TokenPlugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenPlugin")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
