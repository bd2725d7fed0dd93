//! The three keys that are valid together.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{clock::Clock, expiry::Expiry, key::Key};

/// The keys at one moment: never changed, replaced as a whole.
#[derive(Clone, Debug)]
pub struct Keys {
    // Shared with the snapshots before and after, so that a rotation of one key leaves the other
    // two, and whether they were found expired, as they were.
    /// Opens the management API.
    pub management: Arc<ExpiringKey>,
    /// Opens the inference API.
    pub inference: Arc<ExpiringKey>,
    /// Opens the endpoint that replaces the other two; never expires.
    pub api: Arc<Key>,
}

/// A key and its expiration.
#[derive(Debug)]
pub struct ExpiringKey {
    /// The key.
    pub key: Key,
    /// When it expires.
    pub expiry: Expiry,
}

impl Keys {
    /// Checks a presented text where a key of the wanted kind is required.
    ///
    /// No lock, no allocation, no I/O.
    pub(crate) fn check(&self, wanted: KeyKind, presented: &[u8], clock: &dyn Clock) -> KeyStatus {
        if self.is_valid(wanted, presented, clock) {
            KeyStatus::Valid
        } else if KeyKind::ALL
            .iter()
            .any(|&kind| kind != wanted && self.is_valid(kind, presented, clock))
        {
            KeyStatus::WrongKind
        } else {
            KeyStatus::Invalid
        }
    }

    fn is_valid(&self, kind: KeyKind, presented: &[u8], clock: &dyn Clock) -> bool {
        match kind {
            KeyKind::Api => self.api.matches(presented),
            KeyKind::Management => self.management.is_valid(presented, clock),
            KeyKind::Inference => self.inference.is_valid(presented, clock),
        }
    }

    /// One of the keys that expire.
    #[must_use]
    pub const fn expiring(&self, kind: ExpiringKind) -> &Arc<ExpiringKey> {
        match kind {
            ExpiringKind::Management => &self.management,
            ExpiringKind::Inference => &self.inference,
        }
    }

    /// The same keys with one of them replaced.
    #[must_use]
    pub(crate) fn with(&self, kind: ExpiringKind, new: Arc<ExpiringKey>) -> Self {
        let mut keys = self.clone();
        match kind {
            ExpiringKind::Management => keys.management = new,
            ExpiringKind::Inference => keys.inference = new,
        }
        keys
    }

    /// These keys, with those that `previous` has too taken from there: whether they were found
    /// expired is known there.
    #[must_use]
    pub(crate) fn reusing(mut self, previous: &Self) -> Self {
        for kind in [ExpiringKind::Management, ExpiringKind::Inference] {
            let known = previous.expiring(kind);
            if known.key.matches(self.expiring(kind).key.secret_text()) {
                self = self.with(kind, Arc::clone(known));
            }
        }
        self
    }
}

impl ExpiringKey {
    fn is_valid(&self, presented: &[u8], clock: &dyn Clock) -> bool {
        self.key.matches(presented) && !self.expiry.has_passed(clock)
    }
}

/// One of the three keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// [`Keys::api`].
    Api,
    /// [`Keys::management`].
    Management,
    /// [`Keys::inference`].
    Inference,
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Api, Self::Management, Self::Inference];
}

/// One of the two keys that expire and that can be replaced one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiringKind {
    /// [`Keys::management`].
    Management,
    /// [`Keys::inference`].
    Inference,
}

impl ExpiringKind {
    /// `management` or `inference`, as in TorchServe's key file and in `/token?type=`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Inference => "inference",
        }
    }
}

impl fmt::Display for ExpiringKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ExpiringKind {
    type Err = UnknownKind;

    /// Accepts exactly `management` or `inference`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Management, Self::Inference]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

/// A text that names no key that can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected management or inference")]
pub struct UnknownKind;

/// The result of checking a presented key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum KeyStatus {
    /// The wanted key, not expired.
    Valid,
    /// Another of the three keys, not expired.
    WrongKind,
    /// Not a key, or an expired one.
    Invalid,
}
