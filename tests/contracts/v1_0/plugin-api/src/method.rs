use std::fmt;

use abi_stable::StableAbi;

/// An HTTP method that an endpoint can implement.
///
/// # Source
/// TorchServe SDK `ModelServerEndpoint`: `doGet`, `doPost`, `doPut`, `doDelete`.
///
/// # Since
/// 1.0
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, StableAbi)]
#[expect(clippy::exhaustive_enums, reason = "closed by specification")]
pub enum Method {
    /// GET, answered by [`Endpoint::do_get`](crate::Endpoint::do_get).
    Get,
    /// POST, answered by [`Endpoint::do_post`](crate::Endpoint::do_post).
    Post,
    /// PUT, answered by [`Endpoint::do_put`](crate::Endpoint::do_put).
    Put,
    /// DELETE, answered by [`Endpoint::do_delete`](crate::Endpoint::do_delete).
    Delete,
}

impl Method {
    /// As in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
