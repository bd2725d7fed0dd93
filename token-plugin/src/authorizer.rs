//! The three functions of the contract.

use std::{num::NonZeroU64, sync::Arc};

use plugin_api::{PluginError, Request, TokenAuthorizer, TokenType, Verdict};
use token_core::{ActiveKeys, ExpiringKind, KeyKind, KeyStatus, Lifetime};

use crate::{KeyFileKeyring, key_timer::KeyTimer, settings::RotateBefore};

#[cfg(test)]
mod tests;

/// Allows a request if it carries the right key.
#[derive(Debug)]
pub(crate) struct KeyAuthorizer {
    keyring: Arc<KeyFileKeyring>,
    /// The keyring's own, one step closer.
    active: Arc<ActiveKeys>,
    rotation: Option<RotateBefore>,
    timer: Option<Arc<KeyTimer>>,
}

impl KeyAuthorizer {
    pub(crate) fn new(keyring: Arc<KeyFileKeyring>) -> Self {
        let active = Arc::clone(keyring.active());
        Self {
            keyring,
            active,
            rotation: None,
            timer: None,
        }
    }

    /// Refuses lifetimes that are too short for this setting.
    pub(crate) fn with_rotation(mut self, rotation: Option<RotateBefore>) -> Self {
        self.rotation = rotation;
        self
    }

    /// Starts the timer when there are keys.
    pub(crate) fn with_timer(mut self, timer: Arc<KeyTimer>) -> Self {
        self.timer = Some(timer);
        self
    }
}

impl TokenAuthorizer for KeyAuthorizer {
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        let generated = match token_type {
            TokenType::TOKEN => self.keyring.generate_all(),
            TokenType::MANAGEMENT => self.keyring.rotate(ExpiringKind::Management).map(drop),
            TokenType::INFERENCE => self.keyring.rotate(ExpiringKind::Inference).map(drop),
            unknown => {
                return Err(PluginError::new(format!(
                    "there is no key of type {unknown}"
                )));
            }
        };
        generated.map_err(|error| PluginError::from_error(&error))?;
        if let Some(timer) = &self.timer {
            timer.start(&self.keyring);
        }
        Ok(())
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
        let checked = self.active.check(wanted, presented);
        if let Some(id) = checked.id {
            request.identify(id);
        }
        match checked.status {
            KeyStatus::Valid => Verdict::ALLOW,
            KeyStatus::WrongKind => Verdict::DENY_SCOPE,
            KeyStatus::Expired => Verdict::DENY_EXPIRED,
            KeyStatus::Invalid => Verdict::DENY_INVALID,
        }
    }

    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        let lifetime = Lifetime::from_minutes(minutes)
            .map_err(|error| PluginError::invalid_setting(error.to_string()))?;
        if let Some(rotation) = &self.rotation {
            rotation.check(lifetime)?;
        }
        self.keyring.set_lifetime(lifetime);
        Ok(())
    }

    /// `management`, `inference` or `api`.
    fn key_name(&self, key: NonZeroU64) -> Option<String> {
        let kind = self.active.kind_of(key)?;
        Some(kind.as_str().to_owned())
    }
}
