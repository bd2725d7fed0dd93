//! The body of a request: a stream, and how a handler that needs all of it reads it within a limit.

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use thiserror::Error;

use super::{
    body::BoxError,
    idle_timeout_body::{BodyIdle, IdleTimeoutBody},
    rejection::{Rejection, sentence},
};
use crate::telemetry::metrics::Limit;

/// The body of a request; nothing is read before it is polled.
pub(crate) type RequestBody = IdleTimeoutBody<Incoming>;

/// A request body that cannot be read completely.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum RequestBodyError {
    /// Over the limit. HTTP 413.
    #[error("the request body is larger than max_request_size, {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The client stopped sending. HTTP 408.
    #[error(transparent)]
    Idle(BodyIdle),
    /// The client closed the connection early, or violated the rules of HTTP. HTTP 400.
    #[error("the request body ends too early")]
    Incomplete {
        /// From the connection.
        source: BoxError,
    },
}

impl RequestBodyError {
    /// Classifies the error of a body. `limit_bytes` is the limit that it was read with.
    pub(crate) fn new(error: BoxError, limit_bytes: usize) -> Self {
        if error.is::<LengthLimitError>() {
            return Self::TooLarge { limit_bytes };
        }
        match error.downcast::<BodyIdle>() {
            Ok(idle) => Self::Idle(*idle),
            Err(source) => Self::Incomplete { source },
        }
    }
}

impl From<RequestBodyError> for Rejection {
    fn from(error: RequestBodyError) -> Self {
        match error {
            RequestBodyError::TooLarge { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLargeException",
                sentence(&error),
            )
            .for_limit(Limit::RequestSize),
            RequestBodyError::Idle(_) => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "RequestTimeoutException",
                "The rest of the request body did not arrive in time.",
            ),
            RequestBodyError::Incomplete { .. } => Self::bad_request(sentence(&error)),
        }
    }
}

/// Fails for a body that announces more than `limit_bytes`, before any of it is read.
///
/// # Errors
/// [`RequestBodyError::TooLarge`].
pub(crate) fn check_announced<B: Body>(
    body: &B,
    limit_bytes: usize,
) -> Result<(), RequestBodyError> {
    if body.size_hint().lower() > limit_bytes as u64 {
        Err(RequestBodyError::TooLarge { limit_bytes })
    } else {
        Ok(())
    }
}

/// Reads a whole body of at most `limit_bytes`; if it announces more, none of it is read.
///
/// # Errors
/// Any [`RequestBodyError`]; the rest of the body is unread then.
pub(crate) async fn collect<B>(body: B, limit_bytes: usize) -> Result<Bytes, RequestBodyError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    check_announced(&body, limit_bytes)?;
    match Limited::new(body, limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(RequestBodyError::new(error, limit_bytes)),
    }
}

#[cfg(test)]
mod tests;
