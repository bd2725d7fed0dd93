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
    /// When keys were last handed over or taken over, by [`Reading::boot_micros`](crate::Reading::boot_micros).
    pub(super) succession_boot_micros: Option<i64>,
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

    /// Remembers that keys are handed over, or taken over, at this moment.
    pub(super) fn succeed(&mut self, clock: &dyn Clock) {
        self.succession_boot_micros = Some(clock.read().boot_micros);
    }

    /// Whether another build may be going on with the keys at this moment.
    pub(super) fn is_in_succession(&self, clock: &dyn Clock) -> bool {
        self.succession_boot_micros
            .is_some_and(|began| clock.read().boot_micros.saturating_sub(began) < SUCCESSION_MICROS)
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

/// How long a hand-over may take. Much longer than any: a server opens a plugin and decides at once.
const SUCCESSION_MICROS: i64 = 60_000_000;
