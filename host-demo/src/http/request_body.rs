//! The body of a request: a stream, and how a handler that needs all of it reads it within a limit.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use thiserror::Error;
use tokio::time::timeout;

use super::{
    body::BoxError,
    body_buffer::BodyBuffer,
    byte_budget::{BudgetExhausted, ByteBudget},
    client_body::ClientBody,
    idle_timeout_body::{BodyIdle, IdleTimeoutBody},
    rejection::{Rejection, sentence},
    reserved_body::ReservedBody,
};
use crate::telemetry::metrics::Limit;

/// The body of a request; nothing is read before it is polled.
pub(crate) type RequestBody = IdleTimeoutBody<ClientBody>;

/// What a body may take that is read whole.
#[derive(Clone, Debug)]
pub(crate) struct BodyLimits {
    /// Its size (`max_request_size`).
    pub(crate) bytes_max: usize,
    /// The time in which it has to arrive (`body_timeout_sec`).
    pub(crate) time_max: Duration,
    /// The bytes of all such bodies (`buffered_bytes_max`).
    pub(crate) budget: ByteBudget,
}

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
    /// The client sends too slowly. HTTP 408.
    #[error("the request body did not arrive in {} s", time_max.as_secs())]
    Slow {
        /// The limit.
        time_max: Duration,
    },
    /// Other bodies take the memory. HTTP 503.
    #[error(transparent)]
    NoRoom(BudgetExhausted),
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
        if let Some(exhausted) = error.downcast_ref::<BudgetExhausted>() {
            return Self::NoRoom(*exhausted);
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
            RequestBodyError::Idle(_) => late().for_limit(Limit::BodyIdle),
            RequestBodyError::Slow { .. } => late().for_limit(Limit::BodyTime),
            RequestBodyError::NoRoom(exhausted) => exhausted.into(),
            RequestBodyError::Incomplete { .. } => Self::bad_request(sentence(&error)),
        }
    }
}

fn late() -> Rejection {
    Rejection::new(
        StatusCode::REQUEST_TIMEOUT,
        "RequestTimeoutException",
        "The rest of the request body did not arrive in time.",
    )
}

impl From<BudgetExhausted> for Rejection {
    fn from(_: BudgetExhausted) -> Self {
        let message = "The server has too many bytes of requests in memory. Try again later.";
        Self::unavailable(message)
            .with_retry_after(RETRY_AFTER_SEC)
            .for_limit(Limit::BufferedBytes)
    }
}

/// When a client is told to try again that found no room for its body.
const RETRY_AFTER_SEC: u16 = 1;

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

impl BodyLimits {
    /// Reads a body with `read`, which gets it with its limit of size. The bytes that are returned have their
    /// place in the budget until the last reference to them is dropped.
    ///
    /// Nothing is read of a body that announces more than there is room for. Its bytes take their place as they
    /// arrive: announcing them costs its client nothing.
    ///
    /// # Errors
    /// The error of `read`, or any [`RequestBodyError`]; the rest of the body is unread then.
    pub(crate) async fn read<B, E>(
        &self,
        body: B,
        read: impl AsyncFnOnce(LimitedBody<'_, B>) -> Result<Bytes, E>,
    ) -> Result<Bytes, E>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
        E: From<RequestBodyError>,
    {
        self.check_announced(&body)?;
        let mut reservation = self.budget.reservation();
        let body = pin!(body);
        let body = ReservedBody::new(Limited::new(body, self.bytes_max), &mut reservation);
        let time_max = self.time_max;
        let read = timeout(time_max, read(body)).await;
        let bytes = read.map_err(|_| RequestBodyError::Slow { time_max })??;
        Ok(reservation.hold(bytes))
    }

    fn check_announced<B: Body>(&self, body: &B) -> Result<(), RequestBodyError> {
        check_announced(body, self.bytes_max)?;
        let room = self.budget.check_room(announced_bytes(body));
        room.map_err(RequestBodyError::NoRoom)
    }
}

/// A body whose size is limited and whose bytes are counted.
pub(crate) type LimitedBody<'b, B> = ReservedBody<'b, Limited<Pin<&'b mut B>>>;

/// Reads a whole body.
///
/// # Errors
/// Any [`RequestBodyError`]; the rest of the body is unread then.
pub(crate) async fn collect<B>(body: B, limits: &BodyLimits) -> Result<Bytes, RequestBodyError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let bytes_max = limits.bytes_max;
    let whole = async |body: LimitedBody<'_, B>| {
        let bytes = one_piece(body).await;
        bytes.map_err(|error| RequestBodyError::new(error, bytes_max))
    };
    limits.read(body, whole).await
}

/// The bytes of a body in one piece, which are copied only if it arrives in several.
async fn one_piece(
    mut body: impl Body<Data = Bytes, Error = BoxError> + Unpin,
) -> Result<Bytes, BoxError> {
    let announced = announced_bytes(&body);
    let mut first = Bytes::new();
    let mut all = BodyBuffer::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if all.is_empty() && first.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.reserve(announced)?;
            all.push(&first)?;
            first = Bytes::new();
        }
        all.push(&data)?;
    }
    Ok(if all.is_empty() {
        first
    } else {
        all.into_bytes()
    })
}

fn announced_bytes(body: &impl Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
