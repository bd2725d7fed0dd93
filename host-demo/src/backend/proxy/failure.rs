//! What a client is told when a request cannot be forwarded.

use http::StatusCode;
use thiserror::Error;

use super::{
    client::SendError,
    limits::{LimitReached, RETRY_AFTER_SEC},
};
use crate::{
    http::{rejection::Rejection, request_body::RequestBodyError},
    telemetry::metrics::ForwardFailure,
};

/// Why a request got no response of the upstream.
#[derive(Debug, Error)]
pub(crate) enum ForwardError {
    /// It was not sent, or its response cannot be used.
    #[error(transparent)]
    Send(#[from] SendError),
    /// As many requests as allowed are in progress.
    #[error(transparent)]
    Limit(#[from] LimitReached),
    /// No head of a response in time.
    #[error("the upstream sent no response within upstream_response_timeout_sec")]
    ResponseTimeout,
    /// The client's own time limit has passed.
    #[error("the time limit of the call (grpc-timeout) has passed")]
    Deadline,
    /// Every address of the upstream is down.
    #[error("no address of the upstream is up")]
    NoReplica,
    /// The target cannot be written for the upstream.
    #[error("the request cannot be written for the upstream")]
    Head(#[source] http::Error),
}

impl ForwardError {
    /// How this is counted; none if it is the client's own doing.
    pub(super) const fn reason(&self) -> Option<ForwardFailure> {
        Some(match self {
            Self::Send(SendError::Connect { .. }) => ForwardFailure::Connect,
            Self::Send(SendError::ConnectTimeout { .. }) => ForwardFailure::ConnectTimeout,
            Self::Send(SendError::NoConnection(_)) => ForwardFailure::NoConnection,
            Self::Send(SendError::Closed(_)) => ForwardFailure::Closed,
            Self::Send(SendError::InvalidResponse(_)) => ForwardFailure::InvalidResponse,
            Self::Send(SendError::RequestBody(_)) => ForwardFailure::RequestBody,
            Self::ResponseTimeout => ForwardFailure::ResponseTimeout,
            Self::Deadline => ForwardFailure::Deadline,
            Self::NoReplica => ForwardFailure::NoReplica,
            Self::Limit(_) | Self::Head(_) => return None,
        })
    }

    /// Whether a replica may be down if requests fail like this. One that is busy is not.
    pub(super) const fn speaks_against_replica(&self) -> bool {
        match self {
            Self::Send(error) => !matches!(
                error,
                SendError::NoConnection(_) | SendError::RequestBody(_)
            ),
            Self::ResponseTimeout => true,
            Self::Deadline | Self::NoReplica | Self::Limit(_) | Self::Head(_) => false,
        }
    }

    /// The response. What the upstream sent or what its address is stays in the log.
    pub(super) fn into_rejection(self, limit_bytes: usize) -> Rejection {
        match self {
            Self::Send(SendError::RequestBody(error)) => {
                RequestBodyError::new(error, limit_bytes).into()
            }
            Self::Send(SendError::NoConnection(_)) => {
                unavailable("The upstream has no free connection. Try again.")
            }
            Self::Limit(reached) => reached.into(),
            Self::NoReplica => unavailable("The upstream is not available. Try again."),
            Self::Send(SendError::Connect { .. } | SendError::ConnectTimeout { .. }) => {
                bad_gateway("The upstream cannot be reached.")
            }
            Self::Send(_) => bad_gateway("The upstream sent no usable response."),
            Self::ResponseTimeout => gateway_timeout("The upstream did not respond in time."),
            Self::Deadline => gateway_timeout("The time limit of the call has passed."),
            Self::Head(_) => Rejection::bad_request("The request target cannot be forwarded."),
        }
    }
}

fn unavailable(message: &'static str) -> Rejection {
    Rejection::unavailable(message).with_retry_after(RETRY_AFTER_SEC)
}

fn bad_gateway(message: &'static str) -> Rejection {
    Rejection::new(StatusCode::BAD_GATEWAY, "BadGatewayException", message)
}

fn gateway_timeout(message: &'static str) -> Rejection {
    Rejection::new(
        StatusCode::GATEWAY_TIMEOUT,
        "GatewayTimeoutException",
        message,
    )
}
