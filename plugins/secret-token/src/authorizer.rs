use std::sync::Arc;

use arc_swap::ArcSwap;
use plugin_api::{Log, PluginError, Request, TokenAuthorizer, TokenType, Verdict};

use crate::key_set::KeySet;

/// The host's default of `token_expiration_min`.
const LIFETIME_DEFAULT_MIN: f64 = 60.0;

/// Checks keys against those that were read last.
pub(crate) struct SecretAuthorizer {
    keys: Arc<ArcSwap<KeySet>>,
    log: Log,
}

impl SecretAuthorizer {
    pub(crate) const fn new(keys: Arc<ArcSwap<KeySet>>, log: Log) -> Self {
        Self { keys, log }
    }
}

impl TokenAuthorizer for SecretAuthorizer {
    /// At start the keys are in force already: the plugin does not open without them. Single keys are never generated.
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        match token_type {
            TokenType::TOKEN => Ok(()),
            _ => Err(PluginError::new(
                "the keys come from the folder of secret_token_path: replace its files",
            )),
        }
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        match request.bearer_token() {
            Ok(key) => self.keys.load().check(key, token_type),
            Err(error) => error.into(),
        }
    }

    /// The owner of the secret decides how long its keys are valid, so a configured lifetime causes a warning.
    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        if minutes != LIFETIME_DEFAULT_MIN {
            self.log.warn(&format!(
                "token_expiration_min={minutes} has no effect: the keys of secret_token_path are valid until its \
                 files are replaced"
            ));
        }
        Ok(())
    }
}
