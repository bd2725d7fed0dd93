//! The scheme and the authority of an upstream, as requests to it name them.

use http::{
    HeaderValue,
    uri::{Authority, Scheme},
};
use thiserror::Error;

use crate::config::UpstreamAddress;

/// An address that cannot be written into a request.
#[derive(Debug, Error)]
#[error("upstream {address}: the host cannot be written into a header")]
pub struct InvalidOrigin {
    address: UpstreamAddress,
}

/// The origin of an upstream.
#[derive(Clone, Debug)]
pub(super) struct UpstreamOrigin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// The authority as the value of `Host`.
    pub(super) host: HeaderValue,
}

impl UpstreamOrigin {
    /// # Errors
    /// The host has characters that no authority has.
    pub(super) fn of(address: &UpstreamAddress) -> Result<Self, InvalidOrigin> {
        let invalid = || InvalidOrigin {
            address: address.clone(),
        };
        let text = address.authority();
        Ok(Self {
            scheme: address.scheme().parse().map_err(|_| invalid())?,
            authority: text.parse().map_err(|_| invalid())?,
            host: HeaderValue::from_str(&text).map_err(|_| invalid())?,
        })
    }
}
