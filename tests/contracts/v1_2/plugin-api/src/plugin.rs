use std::fmt;

use abi_stable::{sabi_trait::TD_Opaque, std_types::ROption};

use crate::{
    Endpoint, Metrics, PluginError, State, TokenAuthorizer,
    abi::{
        RawEndpoint_TO, RawEndpointBox, RawLifecycle_TO, RawPlugin, RawTokenAuthorizer_TO,
        RawTokenAuthorizerBox,
    },
    lifecycle::{HandOver, LifecycleShim, Once, Ready, Sampling},
    shim::{EndpointShim, TokenAuthorizerShim},
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
    lifecycle: LifecycleShim,
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

    /// Makes it a token plugin, which also needs an endpoint `token` of type MANAGEMENT if it
    /// [makes keys](TokenAuthorizer::makes_keys). The last one given counts.
    pub fn token_authorizer(mut self, authorizer: impl TokenAuthorizer) -> Self {
        let shim = TokenAuthorizerShim::new(authorizer);
        self.token_authorizer = Some(RawTokenAuthorizer_TO::from_value(shim, TD_Opaque));
        self
    }

    /// Sets what to do when the server shuts down, or when another plugin has replaced this one without
    /// its state. It runs once, after the plugin's last request, on a thread that may block for at most a
    /// few seconds; a panic in it is caught and logged.
    pub fn on_shutdown(mut self, work: impl FnOnce() + Send + 'static) -> Self {
        self.lifecycle.shutdown = Some(Once::new(work));
        self
    }

    /// Sets what is handed over to a new build of this plugin while the server runs.
    ///
    /// The plugin continues to serve, because the successor may still fail. No request of its endpoint
    /// `token` runs from then until the successor serves or has failed.
    pub fn on_hand_over(
        mut self,
        work: impl Fn() -> Option<State> + Send + Sync + 'static,
    ) -> Self {
        self.lifecycle.hand_over = Some(HandOver::new(work));
        self
    }

    /// Sets what to do instead of the shutdown when a successor has taken over the state: what both share
    /// (files, locks) now belongs to the successor.
    pub fn on_retire(mut self, work: impl FnOnce() + Send + 'static) -> Self {
        self.lifecycle.retire = Some(Once::new(work));
        self
    }

    /// Declares that this plugin continues with the state of its predecessor. The host does not call a
    /// token plugin's `generate_key_file` then: the keys of the predecessor stay valid.
    pub const fn took_over(mut self) -> Self {
        self.lifecycle.took_over = true;
        self
    }

    /// Sets the readiness check: whether the plugin can do its work now, for example whether it reaches its store of
    /// keys.
    ///
    /// While it returns an error, `/ready` responds with 503, the plugin's name and the message, which is public. Other
    /// requests are still served: a token plugin that cannot decide must deny in its check.
    ///
    /// # Threading
    /// Called concurrently, for each request of `/ready`. It must not block.
    ///
    /// # Panics
    /// Count as not ready.
    ///
    /// # Since
    /// 1.1. Without effect in a host of 1.0.
    pub fn ready_when(
        mut self,
        work: impl Fn() -> Result<(), PluginError> + Send + Sync + 'static,
    ) -> Self {
        self.lifecycle.ready = Some(Ready::new(work));
        self
    }

    /// Sets the function that reports the plugin's own [`Metrics`]. The host shows them in `/metrics`, under the
    /// plugin's name.
    ///
    /// # Threading
    /// Called concurrently, each time `/metrics` is read. It must not block.
    ///
    /// # Panics
    /// Are caught; what was reported before a panic is shown.
    ///
    /// # Since
    /// 1.1. Without effect in a host of 1.0.
    pub fn metrics(mut self, work: impl Fn(&Metrics<'_>) + Send + Sync + 'static) -> Self {
        self.lifecycle.metrics = Some(Sampling::new(work));
        self
    }

    pub(crate) fn into_raw(self) -> RawPlugin {
        RawPlugin {
            endpoints: self.endpoints.into(),
            token_authorizer: self.token_authorizer.map_or(ROption::RNone, ROption::RSome),
            lifecycle: RawLifecycle_TO::from_value(self.lifecycle, TD_Opaque),
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
