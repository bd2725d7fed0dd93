//! Who may go where: route and permit, decided at once by one generation of plugins.

use std::sync::Arc;

use http::request::Parts;

use super::Service;
use crate::{
    auth::{Inference, Management, Permit, Token},
    plugins::{PluginEndpoint, RequestView},
    rejection::Rejection,
    route::{InferenceRoute, ManagementRoute, OpenRoute, Route},
    target::TargetPath,
};

/// A request that may go on, and the proof of it.
#[derive(Debug)]
pub(super) enum Admitted<'p> {
    Inference(Permit<Inference>, InferenceRoute<'p>),
    Management(Permit<Management>, ManagementRoute<'p>),
    Token(Permit<Token>, Arc<PluginEndpoint>),
    Open(OpenRoute),
}

impl Service {
    /// Decides before anything of the body is read: `100 Continue` is not sent to a denied request.
    pub(super) fn admit<'p>(
        &self,
        parts: &Parts,
        path: &'p TargetPath<'_>,
    ) -> Result<Admitted<'p>, Rejection> {
        let generation = self.application.generation.load();
        let view = RequestView::new(parts, path.as_str(), self.peer, &[]);
        let (authorizer, counters) = (&generation.authorizer, &self.counters);
        Ok(
            match Route::of(self.roles, &parts.method, path, &generation.plugins) {
                Route::Inference(route) => {
                    Admitted::Inference(authorizer.authorize_inference(&view, counters)?, route)
                }
                Route::Management(route) => {
                    Admitted::Management(authorizer.authorize(&view, counters)?, route)
                }
                Route::Token(endpoint) => {
                    Admitted::Token(authorizer.authorize(&view, counters)?, endpoint)
                }
                Route::Open(route) => Admitted::Open(route),
            },
        )
    }
}
