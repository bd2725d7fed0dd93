//! The services behind the permit.
//!
//! A backend gets the permit of a request, its head, and its body as a stream of which nothing has
//! been read. It returns a response, whose body may be a stream, or a rejection. It knows no
//! routes, keys or connections.

use std::sync::Arc;

use self::{
    models::ModelApi,
    proxy::{ReverseProxy, UpstreamRoutes},
};

pub(crate) mod models;
pub(crate) mod proxy;

/// The backends of a server; `request/dispatch.rs` chooses among them.
#[derive(Debug)]
pub(crate) struct Backends {
    pub(crate) models: ModelApi,
    /// None without an upstream.
    pub(crate) proxy: Option<Arc<ReverseProxy>>,
}

impl Backends {
    pub(crate) fn upstream_routes(&self) -> Option<&UpstreamRoutes> {
        self.proxy.as_ref().map(|proxy| proxy.routes())
    }
}
