use std::sync::Arc;

use crate::{
    clock::Clock,
    error::KeyringError,
    expiry::Expiry,
    key::Key,
    key_length::KeyLength,
    keys::{ExpiringKey, Keys},
    lifetime::Lifetime,
    random::Random,
};

/// The state that only one thread at a time may use.
pub(super) struct Writer<S> {
    pub(super) store: S,
    pub(super) random: Box<dyn Random>,
    pub(super) length: KeyLength,
    pub(super) lifetime: Lifetime,
    pub(super) end: Option<End>,
}

/// Why no keys are generated any more.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Closed,
    Retired,
}

impl<S> Writer<S> {
    pub(super) const fn check_open<E>(&self) -> Result<(), KeyringError<E>> {
        match self.end {
            Some(End::Closed) => Err(KeyringError::Closed),
            Some(End::Retired) => Err(KeyringError::Retired),
            None => Ok(()),
        }
    }

    pub(super) fn three_keys<E>(&mut self, clock: &dyn Clock) -> Result<Keys, KeyringError<E>> {
        Ok(Keys {
            management: Arc::new(self.expiring_key(clock)?),
            inference: Arc::new(self.expiring_key(clock)?),
            api: Arc::new(self.key()?),
        })
    }

    pub(super) fn expiring_key<E>(
        &mut self,
        clock: &dyn Clock,
    ) -> Result<ExpiringKey, KeyringError<E>> {
        let key = self.key()?;
        let expiry = Expiry::after(self.lifetime, clock.read())?;
        Ok(ExpiringKey { key, expiry })
    }

    fn key<E>(&mut self) -> Result<Key, KeyringError<E>> {
        Ok(Key::generate(self.length, &mut *self.random)?)
    }
}
