use std::{
    fmt, io,
    num::NonZeroU64,
    time::{Duration, Instant, SystemTime},
};

use plugin_api::key_id;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The prefix of every key, which distinguishes it from the keys of other programs.
const PREFIX: &str = "";
const RANDOM_BYTES: usize = 32;

/// One key: random hexadecimal digits, and when it expires.
#[derive(Clone)]
pub(crate) struct Key {
    text: String,
    /// Stands for the key where the key itself must not appear.
    id: Option<NonZeroU64>,
    /// By the clock that cannot be set back.
    expires: Option<Instant>,
    /// The same instant, for the key file.
    expires_at: Option<SystemTime>,
}

impl Key {
    /// From the random source of the operating system.
    pub(crate) fn random(lifetime: Duration) -> io::Result<Self> {
        let too_long = || io::Error::other("keys cannot be valid that long");
        Ok(Self {
            expires: Some(Instant::now().checked_add(lifetime).ok_or_else(too_long)?),
            expires_at: Some(
                SystemTime::now()
                    .checked_add(lifetime)
                    .ok_or_else(too_long)?,
            ),
            ..Self::random_without_expiration()?
        })
    }

    pub(crate) fn random_without_expiration() -> io::Result<Self> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self::of_text(format!("{PREFIX}{digits}"), None, None))
    }

    /// A key that was made before.
    pub(crate) fn of_text(
        text: String,
        expires: Option<Instant>,
        expires_at: Option<SystemTime>,
    ) -> Self {
        Self {
            id: key_id(&Sha256::digest(&text).into(), RANDOM_BYTES),
            text,
            expires,
            expires_at,
        }
    }

    /// Compares in a time that reveals nothing of the key.
    pub(crate) fn is_equal(&self, presented: &[u8]) -> bool {
        self.text.as_bytes().ct_eq(presented).into()
    }

    pub(crate) fn has_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    pub(crate) const fn id(&self) -> Option<NonZeroU64> {
        self.id
    }

    /// Only for the key file, and for the next build of this plugin.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }

    pub(crate) const fn expires(&self) -> Option<Instant> {
        self.expires
    }

    pub(crate) const fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}

/// A key must never be in a log.
impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}
