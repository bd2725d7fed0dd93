//! TLS by rustls, in both directions: the listeners, and connections to `https://` upstreams.
//!
//! This module decides what is offered and who is trusted. The handshakes themselves are made where the
//! connections are: in `listener`, and by whoever connects to an upstream.

pub use self::error::{TlsError, TlsFile};

pub(crate) mod certificates;
pub(crate) mod client;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod pem;
mod provider;
pub(crate) mod server;
#[cfg(test)]
pub(crate) mod test_support;
