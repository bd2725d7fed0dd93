//! Why there are no new keys.

use crate::{expiry::ExpiryOutOfRange, key::KeyError, store::PublishError};

/// Why keys could not be generated, stored and put in force; `E` is the store's error. The old
/// keys, if any, are unchanged.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError<E> {
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The clock is far off.
    #[error(transparent)]
    Expiry(#[from] ExpiryOutOfRange),
    /// The store failed.
    #[error(transparent)]
    Store(E),
    /// One key was to be replaced before the first three were made.
    #[error("there are no keys yet: all three are made first")]
    NoKeys,
    /// Another server replaced the same key at the same time.
    #[error("the key was replaced by another server at the same time")]
    Conflict,
    /// The server shuts down.
    #[error("there are no keys any more: the server shuts down")]
    Closed,
    /// A successor has taken over the keys.
    #[error("a newer build of the plugin has taken over")]
    Retired,
}

/// Why no key is valid at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInForce {
    /// The first keys were not made yet.
    #[error("there are no keys yet")]
    NoKeys,
    /// The store did not confirm in time that there are no newer keys.
    #[error("the keys have not been confirmed by their store in time")]
    NotFresh,
    /// The server shuts down.
    #[error("there are no keys any more: the server shuts down")]
    Closed,
}

impl<E> From<PublishError<E>> for KeyringError<E> {
    fn from(error: PublishError<E>) -> Self {
        match error {
            PublishError::Conflict => Self::Conflict,
            PublishError::Store(error) => Self::Store(error),
        }
    }
}
