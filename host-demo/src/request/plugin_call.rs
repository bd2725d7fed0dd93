//! A request for a plugin's endpoint.

use std::{borrow::Cow, sync::Arc};

use http::{Response, StatusCode};
use plugin_api::TokenType;

use super::{
    route::Admitted,
    service::{Pending, Service},
};
use crate::{
    blocking::{BlockingError, BlockingThreads},
    generations::ServingSettings,
    http::{
        body::ResponseBody,
        byte_budget::ByteBudget,
        rejection::Rejection,
        request_body::{BodyLimits, collect},
    },
    plugins::{CallError, PluginEndpoint, PluginRequest, ServerContext},
    policy::{Permit, Principal, Scope, Token},
};

/// A response of a plugin from this size on counts in the budget of bytes, so that none of the usual
/// small ones fails for it.
const LARGE_RESPONSE_BYTES: usize = 64 * 1024;

impl Service {
    /// An endpoint behind a key: it cannot be called without the permit of its scope.
    pub(crate) async fn call_guarded<S: Scope>(
        &self,
        permit: &Permit<S>,
        endpoint: Arc<PluginEndpoint>,
        pending: Pending<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let limits = pending.body_limits(self.application.body_budgets.of_scope::<S>());
        self.call_for(permit.principal(), endpoint, pending, limits)
            .await
    }

    /// The endpoint `token`, which replaces a key: not while a new generation takes over, and with
    /// the permit of the current generation.
    pub(crate) async fn rotate(
        &self,
        permit: Permit<Token>,
        endpoint: Arc<PluginEndpoint>,
        pending: Pending<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let (parts, path, client) = (pending.parts, pending.path, pending.client);
        let mut settings = Arc::clone(pending.settings);
        let kind = rotated_kind(parts.uri.query());
        endpoint.implemented(&parts.method)?;
        // Before the lock, so that neither a body that does not arrive nor a plugin that does not return
        // delays a new generation.
        let limits = pending.body_limits(self.application.body_budgets.of_scope::<Token>());
        let body = collect(Self::body(pending), &limits).await?;
        // The name of the key that is replaced is known only until then.
        self.collect_principals().await;
        let no_take_over = self.application.generations.rotation().await;
        let (permit, endpoint) = if self.is_current(&endpoint) {
            (permit, endpoint)
        } else {
            let generation = self.application.generations.current();
            let admission = self.admit(&generation, parts, path, client);
            settings = Arc::clone(&generation.settings);
            drop(generation);
            match admission.decision? {
                Admitted::Token(permit, endpoint) => (permit, endpoint),
                _ => return Err(Rejection::not_found()),
            }
        };
        let request = PluginRequest {
            parts: parts.clone(),
            path: path.as_str().to_owned(),
            peer: client,
            body,
            key: permit.principal().map(Principal::key),
            no_take_over: Some(no_take_over),
        };
        let response = self
            .call(
                &self.application.threads.rotations,
                endpoint,
                request,
                &settings,
                &limits.budget,
            )
            .await?;
        if let (StatusCode::OK, Some(kind)) = (response.status(), kind) {
            self.application.metrics.plugins().count_rotation(kind);
        }
        Ok(response)
    }

    /// An endpoint without a key, which only those of type METRIC are.
    pub(crate) async fn call_plugin(
        &self,
        endpoint: Arc<PluginEndpoint>,
        pending: Pending<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let limits = pending.body_limits(&self.application.body_budgets.open);
        self.call_for(None, endpoint, pending, limits).await
    }

    async fn call_for(
        &self,
        principal: Option<Principal>,
        endpoint: Arc<PluginEndpoint>,
        pending: Pending<'_>,
        limits: BodyLimits,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let (parts, path, client) = (pending.parts, pending.path, pending.client);
        endpoint.implemented(&parts.method)?;
        let settings = pending.settings;
        let request = PluginRequest {
            parts: parts.clone(),
            path: path.as_str().to_owned(),
            peer: client,
            body: collect(Self::body(pending), &limits).await?,
            key: principal.map(Principal::key),
            no_take_over: None,
        };
        self.call(
            &self.application.threads.others,
            endpoint,
            request,
            settings,
            &limits.budget,
        )
        .await
    }

    /// A large response counts in the budget of its request: those without a key leave room here too.
    async fn call(
        &self,
        threads: &BlockingThreads,
        endpoint: Arc<PluginEndpoint>,
        request: PluginRequest,
        settings: &ServingSettings,
        budget: &ByteBudget,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let application = &self.application;
        let method = endpoint.implemented(&request.parts.method)?;
        let plugin = Arc::clone(&endpoint);
        let listing = Arc::clone(&application.listing);
        let context = ServerContext::new(Arc::clone(&settings.config.settings), listing);
        let response = endpoint.call(threads, method, request, context).await;
        if let Err(CallError::Failed(_) | CallError::Broken) = response {
            application.metrics.plugins().count_error(plugin.plugin());
        }
        let (head, mut body) = response?.into_parts();
        if body.len() >= LARGE_RESPONSE_BYTES {
            body = budget.hold(body)?;
        }
        Ok(Response::from_parts(head, ResponseBody::from(body)))
    }

    fn is_current(&self, endpoint: &Arc<PluginEndpoint>) -> bool {
        let generation = self.application.generations.current();
        let current = generation.plugins.token_endpoint();
        current.is_some_and(|current| Arc::ptr_eq(current, endpoint))
    }
}

impl From<CallError> for Rejection {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotImplemented { allow } => Self::method_not_allowed(&allow),
            CallError::Failed(message) => plugin_failed(message),
            CallError::NoThread => BlockingError::NoThread.into(),
            CallError::Broken => plugin_failed("The plugin failed; see the log of the server."),
        }
    }
}

fn plugin_failed(message: impl Into<Cow<'static, str>>) -> Rejection {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Rejection::new(status, "ModelServerEndpointException", message)
}

fn rotated_kind(query: Option<&str>) -> Option<TokenType> {
    let mut parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, kind) = parameters.find(|(name, _)| name == "type")?;
    [TokenType::MANAGEMENT, TokenType::INFERENCE]
        .into_iter()
        .find(|one| one.as_str() == kind)
}
