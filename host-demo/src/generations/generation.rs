//! One generation of plugins and settings.

use std::sync::Arc;

use crate::{
    backend::proxy::{ReverseProxy, UpstreamRoutes},
    config::{ChangedSetting, Config, CorsSettings},
    http::{cors::Cors, rejection::ErrorForm},
    plugins::Plugins,
    policy::Authorizer,
};

/// The plugins that serve together, and the decision that they bring. It never changes.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) plugins: Plugins,
    pub(crate) authorizer: Authorizer,
    /// The settings that its requests are served with. A request keeps them and not the generation, whose
    /// plugins would then not be shut down before its end.
    pub(crate) settings: Arc<ServingSettings>,
    /// The settings that are other ones than in the generation before.
    pub(crate) changed_settings: Vec<ChangedSetting>,
}

/// What requests rely on besides the plugins, as of one reading of the configuration.
#[derive(Debug)]
pub(crate) struct ServingSettings {
    pub(crate) config: Arc<Config>,
    pub(crate) cors: Cors,
    /// None without an upstream.
    pub(crate) proxy: Option<Arc<ReverseProxy>>,
    /// The form of errors for clients that do not call by gRPC.
    pub(crate) error_form: ErrorForm,
}

impl ServingSettings {
    pub(crate) fn new(config: Arc<Config>, proxy: Option<Arc<ReverseProxy>>) -> Self {
        let CorsSettings {
            allowed_origin,
            allowed_methods,
            allowed_headers,
        } = config.cors.clone();
        Self {
            cors: Cors::new(allowed_origin, allowed_methods, allowed_headers),
            error_form: proxy
                .as_ref()
                .map_or_else(ErrorForm::default, |proxy| proxy.error_form()),
            config,
            proxy,
        }
    }

    /// Where requests are forwarded to; none without an upstream.
    pub(crate) fn upstream_routes(&self) -> Option<&UpstreamRoutes> {
        self.proxy.as_ref().map(|proxy| proxy.routes())
    }
}
