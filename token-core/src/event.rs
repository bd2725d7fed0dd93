//! Changes of the keys, for the log.

use std::error::Error;

use crate::{
    expiry::Expiry,
    key::KeyId,
    keys::{ExpiringKind, KeyKind},
};

/// What happened to the keys of a [`Keyring`](crate::Keyring). Never holds a key.
#[derive(Debug)]
pub enum KeyEvent<'a> {
    /// Three new keys are stored and in force.
    Generated {
        /// Their kinds and ids.
        ids: [(KeyKind, Option<KeyId>); 3],
    },
    /// The keys that were in the store are in force.
    Loaded,
    /// A new key is stored and in force.
    Rotated {
        /// Which key.
        kind: ExpiringKind,
        /// The id of the new one.
        id: Option<KeyId>,
        /// When the new one expires.
        expiry: &'a Expiry,
    },
    /// A key was not replaced; the old one remains in force.
    RotationFailed {
        /// Which key.
        kind: ExpiringKind,
        /// Why.
        error: &'a (dyn Error + 'static),
    },
    /// The keys of the predecessor are in force.
    TakenOver,
    /// The keys of the predecessor were not taken over.
    TakeOverFailed {
        /// Why.
        error: &'a (dyn Error + 'static),
    },
    /// When the keyring was closed, something could not be deleted from the store.
    CloseFailed {
        /// Why.
        error: &'a (dyn Error + 'static),
    },
}
