//! How long the client of a gRPC call waits for its end: the header `grpc-timeout`.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::rejection::{Rejection, sentence};

/// The name of the header.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

/// How many digits gRPC allows.
const DIGITS_MAX: usize = 8;

/// A `grpc-timeout` that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum GrpcTimeoutError {
    /// Several time limits are none.
    #[error("grpc-timeout is given more than once")]
    Repeated,
    /// No digit, another character than a digit, or too many of them.
    #[error("grpc-timeout has not 1 to 8 digits before its unit")]
    Digits,
    /// No unit, or one that gRPC does not know.
    #[error("grpc-timeout does not end in one of the units H, M, S, m, u and n")]
    Unit,
}

impl From<GrpcTimeoutError> for Rejection {
    fn from(error: GrpcTimeoutError) -> Self {
        Self::bad_request(sentence(&error))
    }
}

/// The time limit of a call, from its arrival; `None` if the client waits without a limit. 0 is a
/// limit that has passed already. The longest one is 99999999 hours, more than a clock can add to
/// its time on some platforms.
///
/// # Errors
/// The header is malformed.
pub(crate) fn grpc_timeout(headers: &HeaderMap) -> Result<Option<Duration>, GrpcTimeoutError> {
    let mut values = headers.get_all(GRPC_TIMEOUT).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => parse(value).map(Some),
        (Some(_), Some(_)) => Err(GrpcTimeoutError::Repeated),
    }
}

fn parse(value: &HeaderValue) -> Result<Duration, GrpcTimeoutError> {
    let (unit, digits) = value
        .as_bytes()
        .split_last()
        .ok_or(GrpcTimeoutError::Digits)?;
    let unit: fn(u64) -> Duration = match unit {
        b'H' => |hours| Duration::from_secs(hours * 60 * 60),
        b'M' => |minutes| Duration::from_secs(minutes * 60),
        b'S' => Duration::from_secs,
        b'm' => Duration::from_millis,
        b'u' => Duration::from_micros,
        b'n' => Duration::from_nanos,
        _ => return Err(GrpcTimeoutError::Unit),
    };
    if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
        return Err(GrpcTimeoutError::Digits);
    }
    let number = digits
        .iter()
        .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Ok(unit(number))
}

#[cfg(test)]
mod tests;
