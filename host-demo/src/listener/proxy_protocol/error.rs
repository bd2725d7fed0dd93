//! What is wrong with a PROXY header.

use std::{io, time::Duration};

/// Why a connection of a trusted proxy has no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(in crate::listener) enum ProxyHeaderError {
    /// The connection ended or failed first.
    #[error("the connection failed before the end of the PROXY header")]
    Io(#[from] io::Error),
    /// It took too long.
    #[error("no PROXY header within header_timeout_sec={}", time_max.as_secs())]
    Timeout {
        /// The limit.
        time_max: Duration,
    },
    /// Neither version.
    #[error("the connection does not begin with a PROXY header")]
    Missing,
    /// Not as the specification has it.
    #[error("malformed PROXY header of version {version}")]
    Malformed {
        /// 1 or 2.
        version: u8,
    },
    /// Longer than allowed.
    #[error("a PROXY header of version {version} with more than {limit_bytes} bytes")]
    TooLong {
        /// 1 or 2.
        version: u8,
        /// The limit.
        limit_bytes: usize,
    },
}
