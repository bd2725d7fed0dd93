//! Route and permit of a request, decided at once by one generation of plugins.

use std::sync::Arc;

use http::request::Parts;

use super::service::Service;
use super::{
    operations::{InferenceOperation, ManagementOperation, PublicOperation},
    route::{Route, Target},
};
use crate::{
    http::{rejection::Rejection, target_path::TargetPath},
    plugins::{PluginEndpoint, RequestView},
    policy::{Inference, Management, Permit, Token},
};

/// A request that may go on, and the proof of it.
#[derive(Debug)]
pub(crate) enum Admitted<'p> {
    Inference(Permit<Inference>, Target<'p, InferenceOperation>),
    Management(Permit<Management>, Target<'p, ManagementOperation>),
    Token(Permit<Token>, Arc<PluginEndpoint>),
    Open(Target<'p, PublicOperation>),
}

impl Service {
    /// Decides before anything of the body is read: `100 Continue` is not sent to a denied request.
    pub(crate) fn admit<'p>(
        &self,
        parts: &Parts,
        path: &'p TargetPath<'_>,
    ) -> Result<Admitted<'p>, Rejection> {
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
        admitted.map_err(|denied| denied.into_rejection(self.application.token_status))
    }
}
