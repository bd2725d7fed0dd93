use std::fmt;

use abi_stable::{sabi_trait::TD_Opaque, std_types::ROption};

use crate::{
    Endpoint, TokenAuthorizer,
    abi::{
        RawEndpoint_TO, RawEndpointBox, RawLifecycle_TO, RawPlugin, RawTokenAuthorizer_TO,
        RawTokenAuthorizerBox,
    },
    shim::{EndpointShim, LifecycleShim, ShutdownWork, TokenAuthorizerShim},
};

/// What a plugin offers: built by its opening function and given to the host.
///
/// # Since
/// 1.0
#[derive(Default)]
#[must_use = "the host gets only what the opening function returns"]
pub struct Plugin {
    endpoints: Vec<RawEndpointBox>,
    token_authorizer: Option<RawTokenAuthorizerBox>,
    shutdown: Vec<ShutdownWork>,
}

impl Plugin {
    /// A plugin that offers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint.
    pub fn endpoint(mut self, endpoint: impl Endpoint) -> Self {
        self.endpoints.push(RawEndpoint_TO::from_value(
            EndpointShim::new(endpoint),
            TD_Opaque,
        ));
        self
    }

    /// Makes it a token plugin, which also needs an endpoint `token` of type MANAGEMENT. The last
    /// one given counts.
    pub fn token_authorizer(mut self, authorizer: impl TokenAuthorizer) -> Self {
        let shim = TokenAuthorizerShim::new(authorizer);
        self.token_authorizer = Some(RawTokenAuthorizer_TO::from_value(shim, TD_Opaque));
        self
    }

    /// Adds what is to be done when the server shuts down. It runs once, on a thread that may block,
    /// for at most a few seconds; a panic in it is caught and logged.
    pub fn on_shutdown(mut self, work: impl FnOnce() + Send + 'static) -> Self {
        self.shutdown.push(ShutdownWork::new(work));
        self
    }

    pub(crate) fn into_raw(self) -> RawPlugin {
        let lifecycle = LifecycleShim::new(self.shutdown);
        RawPlugin {
            endpoints: self.endpoints.into(),
            token_authorizer: self.token_authorizer.map_or(ROption::RNone, ROption::RSome),
            lifecycle: RawLifecycle_TO::from_value(lifecycle, TD_Opaque),
        }
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("endpoints", &self.endpoints.len())
            .field("token_authorizer", &self.token_authorizer.is_some())
            .finish_non_exhaustive()
    }
}
