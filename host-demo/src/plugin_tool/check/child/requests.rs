//! Requests as the server would pass them on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{HeaderValue, Method, Request, header::AUTHORIZATION, request::Parts};
use plugin_api::{TokenType, Verdict};

use crate::plugins::{RequestView, TokenPlugin};

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_000);

/// All three kinds of keys.
pub(super) const KINDS: [TokenType; 3] = [
    TokenType::TOKEN,
    TokenType::MANAGEMENT,
    TokenType::INFERENCE,
];

/// A request without a body.
#[derive(Clone, Debug)]
pub(super) struct Made {
    parts: Parts,
    path: String,
}

impl Made {
    pub(super) fn new(method: &str, path: &str) -> Self {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = method.parse().unwrap_or(Method::GET);
        parts.uri = path.parse().unwrap_or_default();
        Self {
            parts,
            path: path.to_owned(),
        }
    }

    /// A request of a model's client, with these `Authorization` headers.
    pub(super) fn with_authorization(values: &[&str]) -> Self {
        let mut made = Self::new("GET", "/models");
        for value in values {
            if let Ok(value) = HeaderValue::from_str(value) {
                made.parts.headers.append(AUTHORIZATION, value);
            }
        }
        made
    }

    pub(super) fn view(&self) -> RequestView<'_> {
        RequestView::new(&self.parts, &self.path, "", PEER)
    }

    /// The verdict of the plugin.
    pub(super) fn verdict(&self, token: &TokenPlugin, kind: TokenType) -> Verdict {
        token.check_token_authorization(&self.view(), kind)
    }
}
