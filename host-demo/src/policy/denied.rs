//! A request without a valid key: the reason, and the response.

use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use plugin_api::Verdict;

use crate::{
    config::TokenAuthStatus,
    http::{grpc_status::GrpcStatus, rejection::Rejection},
    telemetry::metrics::CheckOutcome,
};

/// Why a request is denied. The reason is counted, and selects the status if
/// `token_auth_status=standard`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Denied {
    /// No key came with the request.
    Missing,
    /// The key is unknown or malformed.
    Invalid,
    /// The key was valid, and has expired.
    Expired,
    /// The key is valid for another part of the API.
    Scope,
    /// The key has reached its limit of requests.
    Limit {
        /// When to try again.
        retry_after_sec: u16,
    },
    /// The plugin gave no reason.
    Unspecified,
    /// The plugin gave a verdict that this host does not know.
    Unknown,
}

/// The decision for a verdict: `ALLOW` allows, every other one denies.
pub(crate) fn decision(verdict: Verdict) -> Result<(), Denied> {
    Err(match verdict {
        Verdict::ALLOW => return Ok(()),
        Verdict::DENY_MISSING => Denied::Missing,
        Verdict::DENY_INVALID => Denied::Invalid,
        Verdict::DENY_EXPIRED => Denied::Expired,
        Verdict::DENY_SCOPE => Denied::Scope,
        Verdict::DENY => Denied::Unspecified,
        other => match other.retry_after_sec() {
            Some(retry_after_sec) => Denied::Limit { retry_after_sec },
            None => Denied::Unknown,
        },
    })
}

const KIND: &str = "InvalidKeyException";
const MESSAGE: &str =
    "Token Authorization failed. Token either incorrect, expired, or not provided correctly";

impl Denied {
    /// The label of the metric.
    pub(crate) const fn outcome(self) -> CheckOutcome {
        match self {
            Self::Missing => CheckOutcome::Missing,
            Self::Invalid => CheckOutcome::Invalid,
            Self::Expired => CheckOutcome::Expired,
            Self::Scope => CheckOutcome::Scope,
            Self::Limit { .. } => CheckOutcome::Limited,
            Self::Unspecified => CheckOutcome::Denied,
            Self::Unknown => CheckOutcome::Unknown,
        }
    }

    /// The response. The message is the same for every reason, so that it reveals nothing about a
    /// key.
    pub(crate) fn into_rejection(self, token_status: TokenAuthStatus) -> Rejection {
        let (status, challenge, grpc_status) = match (token_status, self) {
            (_, Self::Limit { retry_after_sec }) => return limited(retry_after_sec),
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
            (
                TokenAuthStatus::Standard,
                Self::Invalid | Self::Expired | Self::Unspecified | Self::Unknown,
            ) => (
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

/// The key is valid, so the response may name the reason.
fn limited(retry_after_sec: u16) -> Rejection {
    Rejection::too_many_requests(format!(
        "Too many requests with this key. Try again in {retry_after_sec} seconds."
    ))
    .with_retry_after(retry_after_sec)
}

#[cfg(test)]
mod tests;
