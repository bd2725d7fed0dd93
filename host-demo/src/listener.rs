//! A socket becomes requests: accept, serving threads, connections.

pub(crate) mod acceptor;
mod address_limit;
mod client_stream;
pub(crate) mod connection;
mod connection_sweep;
pub(crate) mod descriptors;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handshake;
mod places;
mod proxy_protocol;
mod stall_timeout;
pub(crate) mod worker;
