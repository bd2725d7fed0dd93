//! What one client may send and open, and for how long.

use std::{num::NonZeroUsize, time::Duration};

use super::{
    error::ConfigError,
    table::{CONNECTION_SETTINGS, SETTINGS},
    values::Values,
};

/// Limits of what one client may send and open, and for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ClientLimits {
    /// The largest head of a request in bytes (`max_header_size`).
    pub header_bytes_max: usize,
    /// Connections from one address; none for no limit (`connections_per_address_max`).
    pub connections_per_address_max: Option<NonZeroUsize>,
    /// Until the first bytes of a connection, and for the head of a request over HTTP/1.1
    /// (`header_timeout_sec`).
    pub header_timeout: Duration,
    /// Without a running request (`idle_timeout_sec`).
    pub idle_timeout: Duration,
    /// Without taking anything of a response (`write_timeout_sec`).
    pub write_timeout: Duration,
    /// Requests at once on an HTTP/2 connection (`http2_streams_max`).
    pub http2_streams_max: u32,
    /// The same without a good key, before the first one (`http2_streams_before_key_max`).
    pub http2_streams_before_key_max: u32,
    /// The same on all such connections (`requests_before_key_max`).
    pub requests_before_key_max: NonZeroUsize,
}

pub(super) fn clients(values: &Values) -> Result<ClientLimits, ConfigError> {
    Ok(ClientLimits {
        header_bytes_max: values.value(&SETTINGS.max_header_size)?,
        connections_per_address_max: values
            .value(&CONNECTION_SETTINGS.connections_per_address_max)?,
        header_timeout: values.value(&CONNECTION_SETTINGS.header_timeout_sec)?,
        idle_timeout: values.value(&CONNECTION_SETTINGS.idle_timeout_sec)?,
        write_timeout: values.value(&CONNECTION_SETTINGS.write_timeout_sec)?,
        http2_streams_max: values.value(&CONNECTION_SETTINGS.http2_streams_max)?,
        http2_streams_before_key_max: values
            .value(&CONNECTION_SETTINGS.http2_streams_before_key_max)?,
        requests_before_key_max: values.value(&CONNECTION_SETTINGS.requests_before_key_max)?,
    })
}
