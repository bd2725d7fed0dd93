//! The sender of a request, identified by its key.

use std::{fmt, num::NonZeroU64};

/// The id of the key of a request, as the token plugin reported it; never the key itself.
///
/// It is the same on every replica and over every reload; [`plugin_api::key_id`] says how it is made.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Principal(NonZeroU64);

impl Principal {
    pub(crate) const fn new(key: NonZeroU64) -> Self {
        Self(key)
    }

    /// The id as plugins know it.
    pub(crate) const fn key(self) -> NonZeroU64 {
        self.0
    }
}

/// 16 hexadecimal digits, which the owner of the key can compute with `sha256sum`.
impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Principal({self})")
    }
}
