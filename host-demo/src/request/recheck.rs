//! Whether the key of a request that is being answered is still valid.

use std::{net::SocketAddr, sync::Arc};

use http::{Request, request::Parts};

use super::{
    application::Application,
    forwarding::{ForwardKey, ForwardTarget},
};
use crate::{
    http::target_path::TargetPath,
    plugins::RequestView,
    policy::{Inference, Management},
};

/// What a check of a request needs, kept while its response lasts. It asks the plugins that serve
/// at the time of the check, which may be later ones.
pub(super) struct Recheck {
    application: Arc<Application>,
    key: ForwardKey,
    parts: Parts,
    path: String,
    model: String,
    client: SocketAddr,
}

impl Recheck {
    pub(super) fn new(
        application: Arc<Application>,
        target: &ForwardTarget<'_>,
        parts: &Parts,
        path: &TargetPath<'_>,
        client: SocketAddr,
    ) -> Self {
        let mut kept = Request::new(());
        kept.method_mut().clone_from(&parts.method);
        kept.uri_mut().clone_from(&parts.uri);
        *kept.version_mut() = parts.version;
        kept.headers_mut().clone_from(&parts.headers);
        let (parts, ()) = kept.into_parts();
        Self {
            application,
            key: target.key,
            parts,
            path: path.as_str().to_owned(),
            model: target.model.to_owned(),
            client,
        }
    }

    /// Checks the key as it was checked for the permit.
    pub(super) fn allows(&self) -> bool {
        let generation = self.application.generations.current();
        let authorizer = &generation.authorizer;
        let view = RequestView::new(&self.parts, &self.path, &self.model, self.client);
        let view = view.for_recheck();
        match self.key {
            ForwardKey::None => true,
            ForwardKey::Inference if authorizer.is_exempt(&view) => true,
            ForwardKey::Inference => authorizer.still_allows::<Inference>(&view),
            ForwardKey::Management => authorizer.still_allows::<Management>(&view),
        }
    }
}
