//! Which implementation of the cryptography is used.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// The provider of every connection, never the one of the process. To use another one, change this function and
/// the features of rustls in `Cargo.toml`; nothing else names ring.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
