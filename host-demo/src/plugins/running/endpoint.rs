//! An endpoint of a plugin, and calls of it.

use std::{iter, net::SocketAddr, num::NonZeroU64, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, request::Parts};
use plugin_api::{
    EndpointType, ErrorCode, Method, PluginError,
    abi::{RawEndpointBox, RawResponse},
};
use tokio::sync::{OwnedRwLockReadGuard, Semaphore};

use super::{context::ServerContext, lifecycle::PluginLifecycle, view::RequestView};
use crate::{
    blocking::{BlockingError, BlockingThreads},
    http::connection_headers::is_connection_header,
};

/// The url pattern of a token plugin, fixed by TorchServe's documentation.
pub(crate) const TOKEN_PATTERN: &str = "token";

/// How many calls of one endpoint may run at once; more wait.
const CALLS_MAX: usize = 16;

/// An endpoint that a plugin registered.
pub(crate) struct PluginEndpoint {
    plugin: Arc<str>,
    url_pattern: String,
    endpoint_type: EndpointType,
    description: String,
    methods: Vec<Method>,
    raw: RawEndpointBox,
    calls: Arc<Semaphore>,
    /// The plugin is not shut down while a call is running.
    _lifecycle: Arc<PluginLifecycle>,
}

/// Why a plugin returned no response.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The method is not implemented; with the value of `Allow`.
    NotImplemented { allow: String },
    /// The plugin's own public message.
    Failed(String),
    /// It was not called: no thread is free.
    NoThread,
    /// It panicked, or returned a response that HTTP does not allow; the log has the details.
    Broken,
}

impl PluginEndpoint {
    pub(crate) fn new(
        plugin: Arc<str>,
        lifecycle: Arc<PluginLifecycle>,
        raw: RawEndpointBox,
    ) -> Self {
        Self {
            plugin,
            url_pattern: raw.url_pattern().as_str().to_owned(),
            endpoint_type: raw.endpoint_type(),
            description: raw.description().as_str().to_owned(),
            methods: raw.methods().to_vec(),
            raw,
            calls: Arc::new(Semaphore::new(CALLS_MAX)),
            _lifecycle: lifecycle,
        }
    }

    /// The name of its plugin.
    pub(crate) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The first segment of the path.
    pub(crate) fn url_pattern(&self) -> &str {
        &self.url_pattern
    }

    /// The listener that serves it.
    pub(crate) const fn endpoint_type(&self) -> EndpointType {
        self.endpoint_type
    }

    /// The endpoint across the boundary.
    pub(crate) const fn raw(&self) -> &RawEndpointBox {
        &self.raw
    }

    /// The plugin's text for the API description.
    pub(crate) fn description(&self) -> &str {
        &self.description
    }

    /// The methods that it implements.
    pub(crate) fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Whether this is the endpoint that replaces keys.
    pub(crate) fn is_token(&self) -> bool {
        self.endpoint_type == EndpointType::MANAGEMENT && self.url_pattern == TOKEN_PATTERN
    }

    /// Each method of a request that is served, with the one that the plugin implements: HEAD is
    /// served by GET, but not at `/token`, where GET replaces a key.
    pub(crate) fn served(&self) -> impl Iterator<Item = (&'static str, Method)> {
        self.methods.iter().flat_map(|&method| {
            let has_head = method == Method::GET && !self.is_token();
            let head = has_head.then_some(("HEAD", method));
            iter::once((method.as_str(), method)).chain(head)
        })
    }

    /// The method of the plugin for the method of a request, if the endpoint implements it.
    pub(crate) fn implemented(&self, method: &http::Method) -> Result<Method, CallError> {
        let mut served = self.served();
        let found = served.find(|(name, _)| *name == method.as_str());
        let found = found.map(|(_, implemented)| implemented);
        found.ok_or_else(|| self.not_implemented(|_| true))
    }

    fn not_implemented(&self, is_implemented: impl Fn(Method) -> bool) -> CallError {
        let served = self.served().filter(|(_, method)| is_implemented(*method));
        let names: Vec<_> = served.map(|(name, _)| name).collect();
        CallError::NotImplemented {
            allow: names.join(", "),
        }
    }

    /// Calls the plugin on one of the threads. The call continues even if the caller stops
    /// waiting.
    pub(crate) async fn call(
        self: Arc<Self>,
        threads: &BlockingThreads,
        method: Method,
        mut request: PluginRequest,
        context: ServerContext,
    ) -> Result<Response<Bytes>, CallError> {
        // The contract has no HEAD: the plugin sees the request that it answers.
        if request.parts.method == http::Method::HEAD {
            request.parts.method = http::Method::GET;
        }
        let Ok(running) = Arc::clone(&self.calls).acquire_owned().await else {
            return Err(CallError::Broken);
        };
        let call = move || {
            let response = self.call_blocking(method, &request, &context);
            // Also if the caller has stopped waiting.
            drop((running, request.no_take_over));
            response
        };
        match threads.run(call).await {
            Ok(response) => response,
            Err(BlockingError::NoThread) => Err(CallError::NoThread),
            Err(BlockingError::Panicked) => Err(CallError::Broken),
        }
    }

    fn call_blocking(
        &self,
        method: Method,
        request: &PluginRequest,
        context: &ServerContext,
    ) -> Result<Response<Bytes>, CallError> {
        let PluginRequest {
            parts,
            path,
            peer,
            body,
            key,
            ..
        } = request;
        let view = RequestView::new(parts, path, "", *peer).for_endpoint(body, *key);
        let (request, context) = (view.as_raw(), context.as_raw());
        let result = self.raw.call(method, &request, &context);
        match result.into_result() {
            Ok(response) => self.checked(response),
            Err(error) => Err(self.failed(method, &error.into())),
        }
    }

    fn failed(&self, method: Method, error: &PluginError) -> CallError {
        let Self {
            plugin,
            url_pattern,
            ..
        } = self;
        match error.code() {
            ErrorCode::NOT_IMPLEMENTED => self.not_implemented(|known| known != method),
            ErrorCode::PANICKED => {
                tracing::error!("{plugin}: {method} /{url_pattern}: {error}");
                CallError::Broken
            }
            _ => {
                tracing::error!("{plugin}: {method} /{url_pattern} failed: {error}");
                CallError::Failed(error.message().to_owned())
            }
        }
    }

    fn checked(&self, raw: RawResponse) -> Result<Response<Bytes>, CallError> {
        let Self {
            plugin,
            url_pattern,
            ..
        } = self;
        to_response(raw).map_err(|reason| {
            tracing::error!(
                "{plugin}: /{url_pattern} returned a response that cannot be sent: {reason}"
            );
            CallError::Broken
        })
    }
}

impl std::fmt::Debug for PluginEndpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PluginEndpoint")
            .field("plugin", &self.plugin)
            .field("url_pattern", &self.url_pattern)
            .finish_non_exhaustive()
    }
}

/// A request with its whole body, as an endpoint gets it.
#[derive(Debug)]
pub(crate) struct PluginRequest {
    pub(crate) parts: Parts,
    /// The decoded path that was routed.
    pub(crate) path: String,
    pub(crate) peer: SocketAddr,
    pub(crate) body: Bytes,
    /// The id of the key that allowed it.
    pub(crate) key: Option<NonZeroU64>,
    /// Keeps a new generation from taking over while a call that replaces keys runs.
    pub(crate) no_take_over: Option<OwnedRwLockReadGuard<()>>,
}

/// Converts a plugin's response.
///
/// # Errors
/// The part of it that HTTP does not allow.
pub(crate) fn to_response(raw: RawResponse) -> Result<Response<Bytes>, String> {
    let status = raw.status;
    if !(200..=599).contains(&status) {
        return Err(format!("status {status}: expected 200 to 599"));
    }
    let mut response = Response::new(Bytes::from(raw.body.into_vec()));
    *response.status_mut() = StatusCode::from_u16(status).map_err(|error| error.to_string())?;
    for one in raw.headers {
        let name = HeaderName::from_bytes(one.name.as_bytes())
            .map_err(|error| format!("header {:?}: {error}", one.name))?;
        let value = HeaderValue::from_str(one.value.as_str())
            .map_err(|error| format!("header {name}: {error}"))?;
        if is_connection_header(&name) {
            continue;
        }
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
