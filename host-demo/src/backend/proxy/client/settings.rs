//! What holds for all upstreams of a client.

use std::time::Duration;

use super::resolver::Resolver;

/// Time limits and sizes of the connections to upstreams.
#[derive(Clone, Debug)]
pub(crate) struct ClientSettings {
    /// Finds the addresses of upstreams.
    pub(crate) resolver: Resolver,
    /// How long a connection may take, from the resolution of its name to the end of all handshakes.
    pub(crate) connect_timeout: Duration,
    /// How long a request waits for a connection when an upstream has as many as it may have.
    pub(crate) queue_timeout: Duration,
    /// How long a connection is kept without a request.
    pub(crate) idle_timeout: Duration,
    /// How long an HTTP/2 upstream may be silent during a request until it gets a PING.
    pub(crate) ping_interval: Duration,
    /// How long an HTTP/2 upstream may take to answer a PING.
    pub(crate) ping_timeout: Duration,
    /// The largest head of a response, in bytes.
    pub(crate) response_head_bytes_max: usize,
    /// How much of a request, and how much of a response, an HTTP/1 connection buffers, in bytes.
    pub(crate) buffer_bytes_max: usize,
}
