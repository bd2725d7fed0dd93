//! A request without the right key: why, and what its client is told.

use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use plugin_api::Verdict;

use crate::{
    config::TokenAuthStatus,
    http::{grpc_status::GrpcStatus, rejection::Rejection},
};

/// Why a request is denied. The reason is counted, and chooses the status where
/// `token_auth_status=standard`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denied {
    /// No key came with the request.
    Missing,
    /// The key is unknown, expired, or not sent as it should be.
    Invalid,
    /// The key opens another part of the API.
    Scope,
    /// The plugin gave no reason, or one that this host does not know.
    Unspecified,
}

const KIND: &str = "InvalidKeyException";
const MESSAGE: &str =
    "Token Authorization failed. Token either incorrect, expired, or not provided correctly";

impl Denied {
    /// What the client is told. The message is the same for every reason: what was wrong with a key
    /// is nobody's business.
    pub(crate) fn into_rejection(self, token_status: TokenAuthStatus) -> Rejection {
        let (status, challenge, grpc_status) = match (token_status, self) {
            (TokenAuthStatus::TorchServe, _) => (
                StatusCode::BAD_REQUEST,
                "Bearer",
                GrpcStatus::PERMISSION_DENIED,
            ),
            (TokenAuthStatus::Standard, Self::Missing) => (
                StatusCode::UNAUTHORIZED,
                "Bearer",
                GrpcStatus::UNAUTHENTICATED,
            ),
            (TokenAuthStatus::Standard, Self::Scope) => (
                StatusCode::FORBIDDEN,
                "Bearer error=\"insufficient_scope\"",
                GrpcStatus::PERMISSION_DENIED,
            ),
            (TokenAuthStatus::Standard, Self::Invalid | Self::Unspecified) => (
                StatusCode::UNAUTHORIZED,
                "Bearer error=\"invalid_token\"",
                GrpcStatus::UNAUTHENTICATED,
            ),
        };
        Rejection::new(status, KIND, MESSAGE)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
            .with_grpc_status(grpc_status)
    }
}

impl From<Verdict> for Denied {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::DENY_MISSING => Self::Missing,
            Verdict::DENY_INVALID => Self::Invalid,
            Verdict::DENY_SCOPE => Self::Scope,
            _ => Self::Unspecified,
        }
    }
}

#[cfg(test)]
mod tests;
