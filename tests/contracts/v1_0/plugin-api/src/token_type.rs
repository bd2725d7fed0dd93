use std::fmt;

use abi_stable::StableAbi;

/// Which of the three keys is meant.
///
/// The set is closed: the loader refuses a plugin that knows another one.
///
/// # Source
/// TorchServe `org.pytorch.serve.plugins.endpoint.Token`, the `type` argument of its functions.
///
/// # Since
/// 1.0
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, StableAbi)]
#[expect(clippy::exhaustive_enums, reason = "closed by specification")]
pub enum TokenType {
    /// The API key, which opens the endpoint `token`. To
    /// [`generate_key_file`](crate::TokenAuthorizer::generate_key_file) it means all three keys.
    Token,
    /// The management key.
    Management,
    /// The inference key.
    Inference,
}

impl TokenType {
    /// `token`, `management` or `inference`, as TorchServe spells them.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Management => "management",
            Self::Inference => "inference",
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
