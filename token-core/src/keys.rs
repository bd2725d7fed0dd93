//! The three keys that are valid together.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    clock::Clock,
    expiry::Expiry,
    key::{Key, KeyId},
};

/// The keys at one moment: never changed, replaced as a whole.
#[derive(Clone, Debug)]
pub struct Keys {
    // Shared with the snapshots before and after, so that a rotation of one key leaves the other
    // two, and whether they were found expired, as they were.
    /// The key of the management API.
    pub management: Arc<ExpiringKey>,
    /// The key of the inference API.
    pub inference: Arc<ExpiringKey>,
    /// The key of the endpoint that replaces the other two; never expires.
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
    pub(crate) fn check(&self, wanted: KeyKind, presented: &[u8], clock: &dyn Clock) -> CheckedKey {
        let is_presented = |kind| self.entry(kind).0.matches(presented);
        let (found, status) = if is_presented(wanted) {
            (wanted, KeyStatus::Valid)
        } else {
            let mut others = KeyKind::ALL.into_iter().filter(|&kind| kind != wanted);
            match others.find(|&kind| is_presented(kind)) {
                Some(other) => (other, KeyStatus::WrongKind),
                None => return CheckedKey::UNKNOWN,
            }
        };
        let (key, expiry) = self.entry(found);
        let has_expired = expiry.is_some_and(|expiry| expiry.has_passed(clock));
        CheckedKey {
            status: if has_expired {
                KeyStatus::Expired
            } else {
                status
            },
            id: key.id(),
        }
    }

    /// The kind of the key with this id.
    pub(crate) fn kind_of(&self, id: KeyId) -> Option<KeyKind> {
        KeyKind::ALL
            .into_iter()
            .find(|&kind| self.entry(kind).0.id() == Some(id))
    }

    /// The kinds and ids of all keys.
    pub(crate) fn ids(&self) -> [(KeyKind, Option<KeyId>); 3] {
        KeyKind::ALL.map(|kind| (kind, self.entry(kind).0.id()))
    }

    /// When the keys that expire do so.
    pub(crate) fn ends(&self) -> KeyEnds {
        KeyEnds {
            management: self.management.expiry.text(),
            inference: self.inference.expiry.text(),
        }
    }

    /// The key of this kind, and when it expires, if it does.
    fn entry(&self, kind: KeyKind) -> (&Key, Option<&Expiry>) {
        let expiring = match kind {
            KeyKind::Api => return (&self.api, None),
            KeyKind::Management => &self.management,
            KeyKind::Inference => &self.inference,
        };
        (&expiring.key, Some(&expiring.expiry))
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

    /// These keys, except that those that `previous` has too are taken from it, because it knows
    /// whether they were found expired.
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

/// When the two keys that expire do so, as [`Expiry::text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEnds {
    /// Of the management key.
    pub management: String,
    /// Of the inference key.
    pub inference: String,
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

    /// `api`, `management` or `inference`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Management => ExpiringKind::Management.as_str(),
            Self::Inference => ExpiringKind::Inference.as_str(),
        }
    }
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
pub struct CheckedKey {
    /// Whether it is valid.
    pub status: KeyStatus,
    /// Which key it is, if it is one of the three and [has an id](Key::id), expired or not.
    pub id: Option<KeyId>,
}

impl CheckedKey {
    /// Not one of the keys.
    pub(crate) const UNKNOWN: Self = Self {
        status: KeyStatus::Invalid,
        id: None,
    };
}

/// Whether a presented key is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum KeyStatus {
    /// The wanted key, not expired.
    Valid,
    /// Another of the three keys, not expired.
    WrongKind,
    /// One of the three keys, of whichever kind, that has expired.
    Expired,
    /// Not a key.
    Invalid,
}
