use std::{
    fmt, io,
    time::{Duration, Instant, SystemTime},
};

use subtle::ConstantTimeEq as _;

/// What every key begins with, so that people can tell it from other programs' keys.
const PREFIX: &str = "";
const RANDOM_BYTES: usize = 32;

/// One key: random hexadecimal digits, and when it ends.
#[derive(Clone)]
pub(crate) struct Key {
    text: String,
    /// Nobody can set this clock back.
    ends: Option<Instant>,
    /// The same moment for people.
    ends_at: Option<SystemTime>,
}

impl Key {
    /// From the operating system's randomness.
    pub(crate) fn random(lifetime: Duration) -> io::Result<Self> {
        let too_long = || io::Error::other("keys cannot live that long");
        Ok(Self {
            ends: Some(Instant::now().checked_add(lifetime).ok_or_else(too_long)?),
            ends_at: Some(
                SystemTime::now()
                    .checked_add(lifetime)
                    .ok_or_else(too_long)?,
            ),
            ..Self::random_without_end()?
        })
    }

    pub(crate) fn random_without_end() -> io::Result<Self> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            text: format!("{PREFIX}{digits}"),
            ends: None,
            ends_at: None,
        })
    }

    /// Compared in a time that tells nothing of the key.
    pub(crate) fn is(&self, presented: &[u8], now: Instant) -> bool {
        let is_equal = bool::from(self.text.as_bytes().ct_eq(presented));
        is_equal & self.ends.is_none_or(|ends| now < ends)
    }

    /// For the key file alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }

    pub(crate) const fn ends_at(&self) -> Option<SystemTime> {
        self.ends_at
    }
}

/// A key is never in a log.
impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}
