//! Route and permit of a request, decided at once by one generation of plugins.

use std::sync::Arc;

use http::request::Parts;

use super::{
    operations::{InferenceOperation, ManagementOperation, PublicOperation},
    route::{Route, Target},
    service::Service,
};
use crate::{
    http::{rejection::Rejection, target_path::TargetPath},
    plugins::{PluginEndpoint, RequestView},
    policy::{Inference, Management, Permit, Principal, Token},
};

/// A request that may go on, and the proof of it.
#[derive(Debug)]
pub(crate) enum Admitted<'p> {
    Inference(Permit<Inference>, Target<'p, InferenceOperation>),
    Management(Permit<Management>, Target<'p, ManagementOperation>),
    Token(Permit<Token>, Arc<PluginEndpoint>),
    Open(Target<'p, PublicOperation>),
}

/// What was decided about a request.
#[derive(Debug)]
pub(crate) struct Admission<'p> {
    /// Whose key came with the request, whether it allows the request or not.
    pub(crate) principal: Option<Principal>,
    pub(crate) decision: Result<Admitted<'p>, Rejection>,
}

impl Service {
    /// Decides before anything of the body is read: `100 Continue` is not sent to a denied request.
    pub(crate) fn admit<'p>(&self, parts: &Parts, path: &'p TargetPath<'_>) -> Admission<'p> {
        let generation = self.application.generations.current();
        let route = Route::of(self.roles, &parts.method, path, &generation.plugins);
        let view = RequestView::new(parts, path.as_str(), route.model(), self.peer);
        let (authorizer, counters) = (&generation.authorizer, &self.counters);
        let admitted = match route {
            Route::Inference(route) => authorizer
                .authorize_inference(&view, counters)
                .map(|permit| Admitted::Inference(permit, route)),
            Route::Management(route) => authorizer
                .authorize(&view, counters)
                .map(|permit| Admitted::Management(permit, route)),
            Route::Token(endpoint) => authorizer
                .authorize(&view, counters)
                .map(|permit| Admitted::Token(permit, endpoint)),
            Route::Open(route) => Ok(Admitted::Open(route)),
        };
        Admission {
            principal: view.key().map(Principal::new),
            decision: admitted
                .map_err(|denied| denied.into_rejection(self.application.token_status)),
        }
    }
}
