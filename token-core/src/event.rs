//! Changes of the keys, for the log.

use std::error::Error;

use crate::{
    expiry::Expiry,
    key::KeyId,
    keys::{ExpiringKind, KeyEnds, KeyKind},
};

/// What happened to the keys of a [`Keyring`](crate::Keyring). Never holds a key.
#[derive(Debug)]
pub enum KeyEvent<'a> {
    /// Three new keys are stored and in force.
    Generated {
        /// Their kinds and ids.
        ids: [(KeyKind, Option<KeyId>); 3],
        /// When they expire.
        ends: KeyEnds,
    },
    /// The keys that were in the store are in force.
    Loaded {
        /// When they expire.
        ends: KeyEnds,
    },
    /// A new key is stored and in force.
    Rotated {
        /// Which key.
        kind: ExpiringKind,
        /// The id of the new one.
        id: Option<KeyId>,
        /// When the new one expires.
        expiry: &'a Expiry,
        /// Why it was replaced.
        cause: RotationCause,
    },
    /// A key was not replaced; the old one remains in force.
    RotationFailed {
        /// Which key.
        kind: ExpiringKind,
        /// Why it was to be replaced.
        cause: RotationCause,
        /// Why it was not.
        error: &'a (dyn Error + 'static),
    },
    /// A key expires in [`ExpiryWatch::NOTICE_MINUTES`](crate::ExpiryWatch::NOTICE_MINUTES) or less.
    ExpiresSoon {
        /// Which key.
        kind: ExpiringKind,
        /// When.
        expiry: &'a Expiry,
    },
    /// A key has expired.
    Expired {
        /// Which key.
        kind: ExpiringKind,
        /// When it expired.
        expiry: &'a Expiry,
    },
    /// The keys of the predecessor are in force.
    TakenOver {
        /// When they expire.
        ends: KeyEnds,
    },
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

/// Why a key is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationCause {
    /// Somebody asked for it.
    Requested,
    /// It expires soon, or has expired.
    Expiry,
}
