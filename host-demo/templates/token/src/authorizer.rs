use std::{num::NonZeroU64, sync::Arc, time::Duration};

use plugin_api::{PluginError, Request, TokenAuthorizer, TokenType, Verdict};

use crate::keyring::Keyring;

/// The functions that the server requires of every token plugin.
pub(crate) struct Authorizer {
    keyring: Arc<Keyring>,
}

impl Authorizer {
    pub(crate) const fn new(keyring: Arc<Keyring>) -> Self {
        Self { keyring }
    }
}

impl TokenAuthorizer for Authorizer {
    /// At start, with `TOKEN`, for all three keys. May block.
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        self.keyring
            .replace(token_type)
            .map_err(|error| PluginError::new(format!("the key file cannot be written: {error}")))
    }

    /// For every request, on the threads that serve all connections: it must not block.
    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        match request.bearer_token() {
            Ok(key) => {
                let (verdict, id) = self.keyring.check(key, token_type);
                if let Some(id) = id {
                    request.identify(id);
                }
                verdict
            }
            // No header, two of them, another scheme: each is a denial.
            Err(error) => error.into(),
        }
    }

    /// Once at start, before the first keys.
    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        let lifetime = Duration::try_from_secs_f64(minutes * 60.0)
            .map_err(|error| PluginError::invalid_setting(format!("{minutes} minutes: {error}")))?;
        self.keyring.set_lifetime(lifetime);
        Ok(())
    }

    /// For logs and metrics, which never see a key.
    fn key_name(&self, key: NonZeroU64) -> Option<String> {
        self.keyring.name(key).map(str::to_owned)
    }
}
