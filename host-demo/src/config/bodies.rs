//! Limits of the bodies of requests.

use std::time::Duration;

use super::{error::ConfigError, table::SETTINGS, values::Values};

/// How bodies of requests are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BodySettings {
    /// Bytes of bodies in memory at once; none lets the server choose (`buffered_bytes_max`).
    pub buffered_bytes_max: Option<usize>,
    /// How long each piece is waited for (`body_idle_timeout_sec`).
    pub idle_timeout: Duration,
    /// The time in which a body that is not forwarded has to arrive (`body_timeout_sec`).
    pub timeout: Duration,
}

/// A body of `body_bytes_max` has room in memory.
pub(super) fn bodies(values: &Values, body_bytes_max: usize) -> Result<BodySettings, ConfigError> {
    let buffered = values.with_origin(&SETTINGS.buffered_bytes_max)?;
    let buffered_bytes_max = match buffered {
        Some((bytes, origin)) if bytes < body_bytes_max => {
            return Err(ConfigError::SmallBuffer {
                origin,
                body_bytes_max,
            });
        }
        other => other.map(|(bytes, _)| bytes),
    };
    Ok(BodySettings {
        buffered_bytes_max,
        idle_timeout: values.value(&SETTINGS.body_idle_timeout_sec)?,
        timeout: values.value(&SETTINGS.body_timeout_sec)?,
    })
}
