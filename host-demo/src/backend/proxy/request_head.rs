//! The head of a forwarded request: what the upstream gets of what the client sent.

use std::fmt;

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Uri, Version,
    header::{AUTHORIZATION, CONNECTION, EXPECT, HOST, UPGRADE},
    request::Parts,
    uri::PathAndQuery,
};

use super::{
    equivalent_headers::{join_cookies, remove_equivalents},
    origin::UpstreamOrigin,
    upgrade::WEBSOCKET,
};
use crate::{
    config::UpstreamHost,
    http::{forwarding_headers::remove_hop_by_hop, last_hop::LastHop},
    policy::Principal,
    profile::Profile,
};

/// Names the key of a request to the upstream; a client's own header of this name is deleted.
pub(super) const TOKEN_PRINCIPAL: HeaderName = HeaderName::from_static("x-token-principal");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the configuration says about the heads of forwarded requests.
#[derive(Debug)]
pub(super) struct HeadRules {
    pub(super) host: UpstreamHost,
    pub(super) authorization: AuthorizationRule,
}

/// What becomes of the client's `Authorization`, which holds its key.
#[derive(PartialEq)]
pub(super) enum AuthorizationRule {
    Strip,
    Keep,
    /// Replaced by the upstream's own.
    Replace(HeaderValue),
}

/// What one forwarded request adds to the head of the client.
#[derive(Debug)]
pub(super) struct HeadContext<'a> {
    /// The scheme and the authority of the upstream.
    pub(super) origin: &'a UpstreamOrigin,
    pub(super) last_hop: &'a LastHop<'a>,
    pub(super) principal: Option<Principal>,
    pub(super) request_id: &'a HeaderValue,
    /// Whether the upstream is asked to switch to the WebSocket protocol.
    pub(super) is_upgrade: bool,
    /// HTTP/1.1 or HTTP/2.
    pub(super) version: Version,
    /// Says which headers change what a call does.
    pub(super) profile: Option<&'a Profile>,
}

impl HeadRules {
    /// The upstream's own key, if it has one.
    pub(super) fn own_authorization(&self) -> Option<HeaderValue> {
        match &self.authorization {
            AuthorizationRule::Replace(value) => Some(value.clone()),
            AuthorizationRule::Strip | AuthorizationRule::Keep => None,
        }
    }

    /// The forwarded head. The path and the query are the client's, byte for byte.
    ///
    /// # Errors
    /// The target of the request cannot be written for the upstream, which a parsed request does
    /// not cause.
    pub(super) fn apply(
        &self,
        parts: &Parts,
        context: &HeadContext<'_>,
    ) -> Result<Request<()>, http::Error> {
        let mut request = Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.version_mut() = context.version;
        let host = self.host(parts, context.origin);
        *request.uri_mut() = target(parts, context, &host)?;
        let headers = request.headers_mut();
        headers.clone_from(&parts.headers);
        remove_hop_by_hop(headers);
        remove_equivalents(headers);
        if let Some(profile) = context.profile {
            remove_stripped(headers, profile);
        }
        // The host decides about it, and has answered it.
        headers.remove(EXPECT);
        self.authorization.apply(headers);
        context.last_hop.write(headers);
        if context.version == Version::HTTP_2 {
            headers.remove(HOST);
        } else {
            join_cookies(headers);
            headers.insert(HOST, host);
        }
        match context.principal.map(|one| one.to_string().try_into()) {
            Some(Ok(principal)) => drop(headers.insert(TOKEN_PRINCIPAL, principal)),
            _ => drop(headers.remove(TOKEN_PRINCIPAL)),
        }
        headers.insert(REQUEST_ID, context.request_id.clone());
        if context.is_upgrade {
            headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(UPGRADE, WEBSOCKET);
        }
        Ok(request)
    }

    fn host(&self, parts: &Parts, origin: &UpstreamOrigin) -> HeaderValue {
        let of_client = || {
            let authority = parts.uri.authority();
            let authority = authority.and_then(|one| HeaderValue::from_str(one.as_str()).ok());
            authority.or_else(|| parts.headers.get(HOST).cloned())
        };
        match self.host {
            UpstreamHost::Upstream => None,
            UpstreamHost::Keep => of_client(),
        }
        .unwrap_or_else(|| origin.host.clone())
    }
}

/// Removes the client's headers that the profile names.
pub(super) fn remove_stripped(headers: &mut HeaderMap, profile: &Profile) {
    let stripped = headers.keys().filter(|name| profile.strips(name));
    // Most requests have none: then nothing is allocated.
    let stripped: Vec<HeaderName> = stripped.cloned().collect();
    for name in stripped {
        headers.remove(name);
    }
}

/// Origin-form for HTTP/1.1; HTTP/2 sends the parts of the absolute form as pseudo-headers.
fn target(
    parts: &Parts,
    context: &HeadContext<'_>,
    host: &HeaderValue,
) -> Result<Uri, http::Error> {
    let path = parts.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    if context.version != Version::HTTP_2 {
        return Ok(Uri::from(path));
    }
    let origin = context.origin;
    let authority = if *host == origin.host {
        origin.authority.clone()
    } else {
        host.as_bytes().try_into()?
    };
    Uri::builder()
        .scheme(origin.scheme.clone())
        .authority(authority)
        .path_and_query(path)
        .build()
}

impl AuthorizationRule {
    fn apply(&self, headers: &mut HeaderMap) {
        match self {
            Self::Strip => drop(headers.remove(AUTHORIZATION)),
            Self::Keep => {}
            Self::Replace(value) => drop(headers.insert(AUTHORIZATION, value.clone())),
        }
    }
}

/// The value is a secret.
impl fmt::Debug for AuthorizationRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Strip => "Strip",
            Self::Keep => "Keep",
            Self::Replace(_) => "Replace(..)",
        })
    }
}
