//! The three keys that are valid together.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{clock::Clock, expiry::Expiry, key::Key};

/// The keys at one moment: never changed, replaced as a whole.
#[derive(Debug)]
pub(crate) struct Keys {
    // Shared with the snapshots before and after, so that a rotation of the one leaves the other,
    // and what was seen of its end, as it was.
    pub(crate) management: Arc<ExpiringKey>,
    pub(crate) inference: Arc<ExpiringKey>,
    pub(crate) api: Arc<Key>,
}

/// A key and its end.
#[derive(Debug)]
pub(crate) struct ExpiringKey {
    pub(crate) key: Key,
    pub(crate) expiry: Expiry,
}

impl Keys {
    /// What the presented text is worth where the wanted kind of key is asked for.
    pub(crate) fn standing(
        &self,
        wanted: KeyKind,
        presented: &[u8],
        clock: &dyn Clock,
    ) -> Standing {
        if self.is_good(wanted, presented, clock) {
            Standing::Good
        } else if KeyKind::ALL
            .iter()
            .any(|&kind| kind != wanted && self.is_good(kind, presented, clock))
        {
            Standing::OtherKind
        } else {
            Standing::Unknown
        }
    }

    fn is_good(&self, kind: KeyKind, presented: &[u8], clock: &dyn Clock) -> bool {
        match kind {
            KeyKind::Api => self.api.matches(presented),
            KeyKind::Management => self.management.is_good(presented, clock),
            KeyKind::Inference => self.inference.is_good(presented, clock),
        }
    }

    pub(crate) const fn expiring(&self, kind: ExpiringKind) -> &Arc<ExpiringKey> {
        match kind {
            ExpiringKind::Management => &self.management,
            ExpiringKind::Inference => &self.inference,
        }
    }

    /// The same keys with one of them replaced.
    pub(crate) fn with(&self, kind: ExpiringKind, new: ExpiringKey) -> Self {
        let (mut management, mut inference) =
            (Arc::clone(&self.management), Arc::clone(&self.inference));
        match kind {
            ExpiringKind::Management => management = Arc::new(new),
            ExpiringKind::Inference => inference = Arc::new(new),
        }
        Self {
            management,
            inference,
            api: Arc::clone(&self.api),
        }
    }
}

impl ExpiringKey {
    fn is_good(&self, presented: &[u8], clock: &dyn Clock) -> bool {
        self.key.matches(presented) && !self.expiry.has_passed(clock)
    }
}

/// One of the three keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// Opens the endpoint `token`; never expires.
    Api,
    /// Opens the management API.
    Management,
    /// Opens the inference API.
    Inference,
}

impl KeyKind {
    const ALL: [Self; 3] = [Self::Api, Self::Management, Self::Inference];
}

/// One of the two keys that expire and that can be replaced one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpiringKind {
    /// The management key.
    Management,
    /// The inference key.
    Inference,
}

impl ExpiringKind {
    /// `management` or `inference`, as in the key file and in `/token?type=`.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
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

    /// Takes exactly `management` or `inference`.
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
pub(crate) struct UnknownKind;

/// What a presented key is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Standing {
    /// The wanted key, not expired.
    Good,
    /// Another of the three keys, not expired.
    OtherKind,
    /// No key, or one that has expired.
    Unknown,
}
