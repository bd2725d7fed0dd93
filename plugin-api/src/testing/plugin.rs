use std::{fmt, num::NonZeroU64};

use abi_stable::{sabi_trait::TD_Opaque, sabi_types::RRef, std_types::RString};

use super::{TestContext, TestHost, TestMetric, TestRequest, checked_response, metrics};
use crate::{
    EndpointType, Host, Method, Plugin, PluginError, Response, State, TokenType, Verdict,
    abi::{
        RawContext_TO, RawContextRef, RawEndpointBox, RawPlugin, RawRequest_TO, RawRequestRef,
        RawTokenAuthorizerBox,
    },
    export,
};

/// A plugin that was opened as a server opens it. Dropping it shuts the plugin down.
///
/// A panic in it is caught as in a server, and still reported by the test's own panic hook.
///
/// # Since
/// 1.0
pub struct TestPlugin {
    raw: RawPlugin,
    is_retired: bool,
}

impl TestPlugin {
    /// Runs a plugin's opening function: the one that it exports, or a closure that passes a clock in.
    ///
    /// # Errors
    /// Those of the opening function; its panic is one with the code
    /// [`PANICKED`](crate::ErrorCode::PANICKED).
    pub fn open(
        host: &TestHost,
        open: impl FnOnce(&Host) -> Result<Plugin, PluginError>,
    ) -> Result<Self, PluginError> {
        let opened = export::open_contained(&host.host(), open);
        let raw = opened.into_result().map_err(PluginError::from)?;
        Ok(Self {
            raw,
            is_retired: false,
        })
    }

    /// One of its endpoints.
    ///
    /// # Panics
    /// If it has none of this type for this first segment of a path.
    #[must_use]
    pub fn endpoint(&self, endpoint_type: EndpointType, url_pattern: &str) -> TestEndpoint<'_> {
        let mut endpoints = self.endpoints();
        let found = endpoints.find(|endpoint| {
            endpoint.endpoint_type() == endpoint_type && endpoint.url_pattern() == url_pattern
        });
        found.unwrap_or_else(|| {
            let type_name = endpoint_type.as_str();
            panic!("the plugin has no endpoint {url_pattern:?} of type {type_name}: {self:?}")
        })
    }

    /// All of its endpoints, in the order of registration.
    pub fn endpoints(&self) -> impl Iterator<Item = TestEndpoint<'_>> {
        self.raw.endpoints.iter().map(|raw| TestEndpoint { raw })
    }

    /// The functions of a token plugin.
    ///
    /// # Panics
    /// If it is not a token plugin.
    #[must_use]
    pub fn token_authorizer(&self) -> TestTokenAuthorizer<'_> {
        let raw = self.raw.token_authorizer.as_ref().into_option();
        let raw = raw.unwrap_or_else(|| panic!("the plugin checks no keys: {self:?}"));
        TestTokenAuthorizer { raw }
    }

    /// Whether it continues with the state of [`TestHost::with_state`].
    #[must_use]
    pub fn took_over(&self) -> bool {
        self.raw.lifecycle.took_over()
    }

    /// What it hands over to a new build of itself; `None` after a panic.
    #[must_use]
    pub fn hand_over(&self) -> Option<State> {
        self.raw
            .lifecycle
            .hand_over()
            .map(State::from)
            .into_option()
    }

    /// Whether it can do its work at this moment; see [`Plugin::ready_when`].
    ///
    /// # Errors
    /// The plugin's own, or its panic.
    ///
    /// # Since
    /// 1.1
    pub fn ready(&self) -> Result<(), PluginError> {
        Ok(self.raw.lifecycle.ready().into_result()?)
    }

    /// Its own metrics at this moment; see [`Plugin::metrics`].
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn metrics(&self) -> Vec<TestMetric> {
        metrics::of(&self.raw.lifecycle)
    }

    /// Retires it: a successor has taken over its state. It is not shut down then.
    pub fn retire(mut self) {
        self.is_retired = true;
        self.raw.lifecycle.retire();
    }

    /// Shuts it down, as at the server's shutdown. Only the first call has an effect.
    pub fn shutdown(&self) {
        self.raw.lifecycle.shutdown();
    }
}

impl Drop for TestPlugin {
    fn drop(&mut self) {
        if !self.is_retired {
            self.shutdown();
        }
    }
}

impl fmt::Debug for TestPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestPlugin")
            .field("endpoints", &self.endpoints().collect::<Vec<_>>())
            .field("token_authorizer", &self.raw.token_authorizer.is_some())
            .finish()
    }
}

/// An endpoint of a [`TestPlugin`].
///
/// # Since
/// 1.0
#[derive(Clone, Copy)]
pub struct TestEndpoint<'a> {
    raw: &'a RawEndpointBox,
}

impl TestEndpoint<'_> {
    /// See [`Endpoint::URL_PATTERN`](crate::Endpoint::URL_PATTERN).
    #[must_use]
    pub fn url_pattern(&self) -> &'static str {
        self.raw.url_pattern().as_str()
    }

    /// See [`Endpoint::ENDPOINT_TYPE`](crate::Endpoint::ENDPOINT_TYPE).
    #[must_use]
    pub fn endpoint_type(&self) -> EndpointType {
        self.raw.endpoint_type()
    }

    /// See [`Endpoint::DESCRIPTION`](crate::Endpoint::DESCRIPTION).
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.raw.description().as_str()
    }

    /// See [`Endpoint::METHODS`](crate::Endpoint::METHODS).
    #[must_use]
    pub fn methods(&self) -> &'static [Method] {
        self.raw.methods().as_slice()
    }

    /// Calls it with any request: it is not routed by its path.
    ///
    /// # Errors
    /// The plugin's own; [`PluginError::not_implemented`] for a method that it does not list; what is wrong
    /// with a response that a server could not send.
    pub fn call(
        &self,
        request: &TestRequest,
        context: &TestContext,
    ) -> Result<Response, PluginError> {
        let mut listed = self.methods().iter();
        let Some(method) = listed.find(|method| method.as_str() == request.method()) else {
            return Err(PluginError::not_implemented());
        };
        let request: RawRequestRef<'_> = RawRequest_TO::from_ptr(RRef::new(request), TD_Opaque);
        let context: RawContextRef<'_> = RawContext_TO::from_ptr(RRef::new(context), TD_Opaque);
        let response = self.raw.call(*method, &request, &context);
        checked_response::checked(response.into_result()?)
    }
}

impl fmt::Debug for TestEndpoint<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestEndpoint")
            .field("url_pattern", &self.url_pattern())
            .field("endpoint_type", &self.endpoint_type())
            .field("methods", &self.methods())
            .finish()
    }
}

/// The token authorizer of a [`TestPlugin`]; see [`TokenAuthorizer`](crate::TokenAuthorizer).
///
/// # Since
/// 1.0
#[derive(Clone, Copy)]
pub struct TestTokenAuthorizer<'a> {
    raw: &'a RawTokenAuthorizerBox,
}

impl TestTokenAuthorizer<'_> {
    /// See [`TokenAuthorizer::set_time`](crate::TokenAuthorizer::set_time).
    ///
    /// # Errors
    /// The plugin's own, or its panic.
    pub fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        Ok(self.raw.set_time(minutes).into_result()?)
    }

    /// See [`TokenAuthorizer::generate_key_file`](crate::TokenAuthorizer::generate_key_file).
    ///
    /// # Errors
    /// The plugin's own, or its panic.
    pub fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        Ok(self.raw.generate_key_file(token_type).into_result()?)
    }

    /// See [`TokenAuthorizer::check_token_authorization`](crate::TokenAuthorizer::check_token_authorization).
    /// The plugin sees no body, and a panic denies. [`TestRequest::key`] returns the key that it identified.
    pub fn check_token_authorization(
        &self,
        request: &TestRequest,
        token_type: TokenType,
    ) -> Verdict {
        request.given_to_check(|request| self.raw.check_token_authorization(request, token_type))
    }

    /// See [`TokenAuthorizer::makes_keys`](crate::TokenAuthorizer::makes_keys).
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn makes_keys(&self) -> bool {
        self.raw.makes_keys()
    }

    /// See [`TokenAuthorizer::key_name`](crate::TokenAuthorizer::key_name); `None` after a panic.
    ///
    /// # Since
    /// 1.1
    #[must_use]
    pub fn key_name(&self, key: NonZeroU64) -> Option<String> {
        let name = self.raw.key_name(key.get()).into_option();
        name.map(RString::into_string)
    }
}

impl fmt::Debug for TestTokenAuthorizer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestTokenAuthorizer")
            .finish_non_exhaustive()
    }
}
