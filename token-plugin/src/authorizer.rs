//! The three functions of the contract.

use std::sync::Arc;

use plugin_api::{PluginError, Request, TokenAuthorizer, TokenType, Verdict};
use token_core::{ExpiringKind, KeyKind, KeyStatus, Lifetime};

use crate::{error::one_line, keeper::Keeper};

#[cfg(test)]
mod tests;

/// Lets a request go on if it carries the right key.
#[derive(Debug)]
pub(crate) struct KeyAuthorizer {
    keeper: Arc<Keeper>,
}

impl KeyAuthorizer {
    pub(crate) const fn new(keeper: Arc<Keeper>) -> Self {
        Self { keeper }
    }
}

impl TokenAuthorizer for KeyAuthorizer {
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        let generated = match token_type {
            TokenType::TOKEN => self.keeper.generate_all(),
            TokenType::MANAGEMENT => self.keeper.rotate(ExpiringKind::Management).map(drop),
            TokenType::INFERENCE => self.keeper.rotate(ExpiringKind::Inference).map(drop),
            unknown => {
                return Err(PluginError::new(format!(
                    "there is no key of type {unknown}"
                )));
            }
        };
        generated.map_err(|error| PluginError::new(one_line(&error)))
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        let presented = match request.bearer_token() {
            Ok(presented) => presented,
            Err(error) => return error.into(),
        };
        let wanted = match token_type {
            TokenType::TOKEN => KeyKind::Api,
            TokenType::MANAGEMENT => KeyKind::Management,
            TokenType::INFERENCE => KeyKind::Inference,
            _ => return Verdict::DENY_SCOPE,
        };
        match self.keeper.keyring().check(wanted, presented) {
            KeyStatus::Valid => Verdict::ALLOW,
            KeyStatus::WrongKind => Verdict::DENY_SCOPE,
            KeyStatus::Invalid => Verdict::DENY_INVALID,
        }
    }

    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        let lifetime = Lifetime::from_minutes(minutes)
            .map_err(|error| PluginError::invalid_setting(error.to_string()))?;
        self.keeper.keyring().set_lifetime(lifetime);
        Ok(())
    }
}
