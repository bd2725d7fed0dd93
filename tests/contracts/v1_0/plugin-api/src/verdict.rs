use std::fmt;

use abi_stable::StableAbi;

/// The answer to a token check. Only [`ALLOW`](Self::ALLOW) allows: every other value, an unknown one included, denies.
///
/// The reasons of a denial never reach the caller as text; they choose between 401 and 403 where
/// `token_auth_status=standard` asks for it, and they are counted.
///
/// # Since
/// 1.0
#[must_use = "a verdict that nobody reads lets nobody in"]
#[repr(transparent)]
#[derive(Clone, Copy, Eq, Hash, PartialEq, StableAbi)]
pub struct Verdict(u32);

impl Verdict {
    /// The request is refused, for a reason that is not told.
    pub const DENY: Self = Self(0);
    /// The request may go on.
    pub const ALLOW: Self = Self(1);
    /// The request carries no key.
    pub const DENY_MISSING: Self = Self(2);
    /// The key is unknown, no longer valid, or not sent as RFC 6750 section 2.1 says.
    pub const DENY_INVALID: Self = Self(3);
    /// The key is good, but of another kind than the one asked for.
    pub const DENY_SCOPE: Self = Self(4);

    /// Whether the request may go on.
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
            Self(unknown) => write!(formatter, "DENY (unknown verdict {unknown})"),
        }
    }
}
