//! Why the body of a response was cut off.

use std::time::Duration;

use thiserror::Error;

/// How long a client may take nothing of a response.
pub(super) const CLIENT_STALL_MAX: Duration = Duration::from_secs(60);

/// Why a stream was cut off.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub(super) enum StreamCut {
    /// The upstream sent nothing for too long.
    #[error("the upstream sent nothing within upstream_read_timeout_sec")]
    Idle,
    /// The client took nothing for too long.
    #[error("the client took nothing of the response for {} s", CLIENT_STALL_MAX.as_secs())]
    Stalled,
    /// It took too long as a whole.
    #[error("the response took longer than max_stream_duration_sec")]
    Duration,
    /// The client's own time limit has passed.
    #[error("the call took longer than its grpc-timeout")]
    Deadline,
    /// Its key is no longer valid.
    #[error("the key of the request is no longer valid")]
    Revoked,
}
