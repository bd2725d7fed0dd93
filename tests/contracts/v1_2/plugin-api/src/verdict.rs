use std::fmt;

use abi_stable::StableAbi;

/// The result of a token check. Only [`ALLOW`](Self::ALLOW) allows; every other value denies, including unknown ones.
///
/// The reason of a denial is counted, and selects the status where `token_auth_status=standard`. It is never part
/// of the response as text.
///
/// # Since
/// 1.0
#[must_use = "an unused verdict has no effect"]
#[repr(transparent)]
#[derive(Clone, Copy, Eq, Hash, PartialEq, StableAbi)]
pub struct Verdict(u32);

/// The first of the verdicts of [`Verdict::deny_limit`], which hold the seconds in their low bits.
const LIMIT: u32 = 0x1_0000;

/// The bits of [`LIMIT`]'s verdicts that hold the seconds.
const SECONDS: u32 = 0xFFFF;

impl Verdict {
    /// The request is denied, without a reason.
    pub const DENY: Self = Self(0);
    /// The request is allowed.
    pub const ALLOW: Self = Self(1);
    /// The request carries no key.
    pub const DENY_MISSING: Self = Self(2);
    /// The key is unknown, no longer valid, or not sent as RFC 6750 section 2.1 says. A key that is known and has
    /// expired is [`DENY_EXPIRED`](Self::DENY_EXPIRED).
    pub const DENY_INVALID: Self = Self(3);
    /// The key is valid, but of another type than the one that is needed.
    pub const DENY_SCOPE: Self = Self(4);
    /// The key was valid, and has expired. Counted apart from [`DENY_INVALID`](Self::DENY_INVALID); the client gets the
    /// same response, byte for byte.
    ///
    /// # Since
    /// 1.2. An older host denies without a reason.
    pub const DENY_EXPIRED: Self = Self(5);

    /// The key is valid, but over its limit until so many seconds have passed. The host responds with 429 and
    /// `Retry-After`.
    ///
    /// # Since
    /// 1.1. A host of 1.0 denies without a reason.
    pub const fn deny_limit(retry_after_sec: u16) -> Self {
        // No `From` in a constant function; widening loses nothing.
        Self(LIMIT | retry_after_sec as u32)
    }

    /// The seconds of [`deny_limit`](Self::deny_limit); `None` for any other verdict.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub const fn retry_after_sec(self) -> Option<u16> {
        if self.0 & !SECONDS == LIMIT {
            Some((self.0 & SECONDS) as u16)
        } else {
            None
        }
    }

    /// Whether the request is allowed.
    #[must_use]
    pub const fn allows(self) -> bool {
        self.0 == Self::ALLOW.0
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::DENY => formatter.write_str("DENY"),
            Self::ALLOW => formatter.write_str("ALLOW"),
            Self::DENY_MISSING => formatter.write_str("DENY_MISSING"),
            Self::DENY_INVALID => formatter.write_str("DENY_INVALID"),
            Self::DENY_SCOPE => formatter.write_str("DENY_SCOPE"),
            Self::DENY_EXPIRED => formatter.write_str("DENY_EXPIRED"),
            Self(other) => match self.retry_after_sec() {
                Some(seconds) => write!(formatter, "DENY_LIMIT ({seconds} s)"),
                None => write!(formatter, "DENY (unknown verdict {other})"),
            },
        }
    }
}

#[cfg(test)]
mod tests;
