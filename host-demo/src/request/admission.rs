//! Route and permit of a request, decided together by one generation of plugins.

use std::net::SocketAddr;

use http::request::Parts;

use super::{
    route::{Admitted, Route, RouteInput},
    service::Service,
};
use crate::{
    generations::Generation,
    http::{rejection::Rejection, target_path::TargetPath},
    plugins::RequestView,
    policy::Principal,
};

/// The decision about a request.
#[derive(Debug)]
pub(crate) struct Admission<'p> {
    /// The key of the request, whether it allows the request or not.
    pub(crate) principal: Option<Principal>,
    /// Whether the request came with a good key, or no request needs one.
    pub(crate) is_permitted: bool,
    pub(crate) decision: Result<Admitted<'p>, Rejection>,
}

impl Service {
    /// Decides before any of the body is read: `100 Continue` is not sent to a denied request.
    pub(crate) fn admit<'p>(
        &self,
        generation: &Generation,
        parts: &'p Parts,
        path: &'p TargetPath<'p>,
        client: SocketAddr,
    ) -> Admission<'p> {
        let route = Route::of(RouteInput {
            roles: self.roles,
            parts,
            path,
            plugins: &generation.plugins,
            upstreams: generation.settings.upstream_routes(),
        });
        let view = RequestView::new(parts, path.as_str(), route.model(), client);
        let admitted = route.authorize(&generation.authorizer, &view, &self.counters);
        Admission {
            is_permitted: view.is_allowed() || generation.authorizer.is_open(),
            principal: view.key().map(Principal::new),
            decision: admitted
                .map_err(|denied| denied.into_rejection(generation.settings.config.token.status)),
        }
    }
}
