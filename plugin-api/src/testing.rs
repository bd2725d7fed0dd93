//! A host in the process of a plugin's own tests: no server, no file, no thread.
//!
//! [`TestPlugin`] opens a plugin and calls it through the same layer as a server does: a panic is caught, an
//! endpoint is called only with the methods that it lists, a response that HTTP does not allow is an error, and a
//! token check sees no body. [`TestHost`], [`TestRequest`] and [`TestContext`] are the arguments of a plugin's
//! functions; [`TestClock`] is a clock that a test controls.
//!
//! What a plugin reports can be read: the key that a check identified ([`TestRequest::key`]), audit events
//! ([`TestHost::audited`]), readiness ([`TestPlugin::ready`]) and metrics ([`TestPlugin::metrics`]).
//!
//! Only tests need the feature `testing`:
//!
//! ```toml
//! [dev-dependencies]
//! plugin-api = { package = "endpoint-plugin-api", version = "1.2.0", features = ["testing"] }
//! ```
//!
//! ```
//! use plugin_api::{
//!     Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
//!     testing::{TestContext, TestHost, TestPlugin, TestRequest},
//! };
//!
//! struct Greeting(String);
//!
//! impl Endpoint for Greeting {
//!     const URL_PATTERN: &'static str = "greeting";
//!     const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
//!     const DESCRIPTION: &'static str = "Greets.";
//!     const METHODS: &'static [Method] = &[Method::GET];
//!
//!     fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
//!         Ok(Response::text(self.0.clone()))
//!     }
//! }
//!
//! fn open(host: &Host) -> Result<Plugin, PluginError> {
//!     let greeting = host.setting("greeting").map_or_else(|| "hello".into(), |set| set.value().into());
//!     host.log().info("ready to greet");
//!     Ok(Plugin::new().endpoint(Greeting(greeting)))
//! }
//!
//! # fn main() -> Result<(), PluginError> {
//! let host = TestHost::new().with_setting("greeting", "good morning");
//! let plugin = TestPlugin::open(&host, open)?;
//! assert_eq!(host.log()[0].message, "ready to greet");
//!
//! let endpoint = plugin.endpoint(EndpointType::INFERENCE, "greeting");
//! let response = endpoint.call(&TestRequest::get("/greeting"), &TestContext::new())?;
//! assert_eq!((response.status(), response.body()), (200, b"good morning".as_slice()));
//!
//! let refused = endpoint.call(&TestRequest::delete("/greeting"), &TestContext::new());
//! assert_eq!(refused.unwrap_err(), PluginError::not_implemented());
//! # Ok(())
//! # }
//! ```
//!
//! # Since
//! 1.0

pub use self::{
    clock::TestClock,
    context::{TestContext, TestModel},
    host::{AuditRecord, LogLine, TestHost},
    metrics::TestMetric,
    plugin::{TestEndpoint, TestPlugin, TestTokenAuthorizer},
    request::TestRequest,
};

mod checked_response;
mod clock;
mod context;
mod host;
mod metrics;
mod plugin;
mod request;

#[cfg(test)]
mod tests;
