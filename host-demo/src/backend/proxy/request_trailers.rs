//! The trailers of a forwarded request: some servers take them for headers.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, HOST,
        TRAILER,
    },
};

use super::{
    equivalent_headers::remove_equivalents,
    request_head::{REQUEST_ID, TOKEN_PRINCIPAL, remove_stripped},
    reverse_proxy::ReverseProxy,
};
use crate::{
    http::{forwarding_headers::remove_hop_by_hop, last_hop::remove_forwarding_headers},
    profile::Profile,
};

/// Headers that the host decides about, or that say how the body is to be read.
const OF_THE_HEAD: [HeaderName; 10] = [
    AUTHORIZATION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    COOKIE,
    EXPECT,
    HOST,
    TRAILER,
    REQUEST_ID,
    TOKEN_PRINCIPAL,
];

/// What upstreams get of the trailers that a client sends.
#[derive(Debug)]
pub(super) struct RequestTrailers(pub(super) Arc<ReverseProxy>);

impl RequestTrailers {
    /// Removes what must be decided on before the body; none if nothing is left.
    pub(super) fn forwarded(&self, trailers: HeaderMap) -> Option<HeaderMap> {
        forwarded(trailers, self.0.routes().profile.as_ref())
    }
}

fn forwarded(mut trailers: HeaderMap, profile: Option<&Profile>) -> Option<HeaderMap> {
    remove_hop_by_hop(&mut trailers);
    remove_equivalents(&mut trailers);
    remove_forwarding_headers(&mut trailers);
    if let Some(profile) = profile {
        remove_stripped(&mut trailers, profile);
    }
    for name in OF_THE_HEAD {
        trailers.remove(name);
    }
    (!trailers.is_empty()).then_some(trailers)
}

#[cfg(test)]
mod tests;
