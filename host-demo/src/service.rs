//! The way of a request, from top to bottom: path, route, permit, answer.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use plugin_api::TokenType;

use crate::{
    answer, api_description,
    application::Application,
    auth::{Inference, Management, Permit, Scope, Token},
    backend::{self, Backend, ModelPath},
    body::ResponseBody,
    config::Roles,
    metrics::WorkerMetrics,
    plugins::{CallError, PluginEndpoint, PluginRequest, RequestView},
    rejection::Rejection,
    route::{InferenceRoute, ManagementRoute, OpenRoute, Route},
    target::TargetPath,
    telemetry::Exchange,
};

/// Answers the requests of one connection.
#[derive(Debug)]
pub(crate) struct Service {
    application: Arc<Application>,
    counters: Arc<WorkerMetrics>,
    roles: Roles,
    /// The number of the listener, for its counters.
    listener: usize,
    peer: SocketAddr,
}

impl Service {
    pub(crate) const fn new(
        application: Arc<Application>,
        counters: Arc<WorkerMetrics>,
        roles: Roles,
        listener: usize,
        peer: SocketAddr,
    ) -> Self {
        Self {
            application,
            counters,
            roles,
            listener,
            peer,
        }
    }

    /// Answers one request, whatever it is.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let (parts, body) = request.into_parts();
        let start = self.application.access_log.is_on().then(Instant::now);
        let response = self
            .try_answer(&parts, body)
            .await
            .unwrap_or_else(|rejection| {
                rejection.into_response(self.application.token_status, is_grpc(&parts))
            });
        self.counters
            .count_request(self.listener, response.status());
        if let Some(start) = start {
            self.log(&parts, response.status(), start.elapsed());
        }
        response
    }

    fn reject(&self, rejection: Rejection, parts: &Parts) -> Response<ResponseBody> {
        rejection.into_response(self.application.token_status, is_grpc(parts))
    }

    fn log(&self, parts: &Parts, status: StatusCode, duration: Duration) {
        self.application.access_log.record(&Exchange {
            peer: self.peer,
            method: parts.method.as_str(),
            path: parts.uri.path(),
            protocol: protocol(parts.version),
            status: status.as_u16(),
            duration,
        });
    }

    async fn try_answer(
        &self,
        parts: &Parts,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let path = TargetPath::parse(parts.uri.path())?;
        let route = Route::of(self.roles, &parts.method, &path, &self.application.plugins);
        let view = RequestView::new(parts, path.as_str(), self.peer, &[]);
        let authorizer = &self.application.authorizer;
        match route {
            Route::Inference(route) => {
                let permit = authorizer.authorize_inference(&view, &self.counters)?;
                self.inference(permit, route, parts, &path, body).await
            }
            Route::Management(route) => {
                let permit = authorizer.authorize(&view, &self.counters)?;
                self.management(permit, route, parts, &path, body).await
            }
            Route::Token(endpoint) => {
                let permit = authorizer.authorize(&view, &self.counters);
                let answer = match permit {
                    Ok(permit) => self.token(&permit, endpoint, parts, &path, body).await,
                    Err(denied) => Err(denied.into()),
                };
                Ok(uncached(
                    answer.unwrap_or_else(|rejection| self.reject(rejection, parts)),
                ))
            }
            Route::Open(route) => self.open(route, parts, &path, body).await,
        }
    }

    async fn inference(
        &self,
        permit: Permit<Inference>,
        route: InferenceRoute<'_>,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        match route {
            InferenceRoute::Prediction { name, version } => {
                let model = ModelPath { name, version };
                self.application
                    .backend
                    .predict(permit, model, parts, body)
                    .await
            }
            InferenceRoute::Plugin(endpoint) => {
                self.guarded_plugin(&permit, endpoint, parts, path, body)
                    .await
            }
            InferenceRoute::Ping => get_only(parts).map(|()| Backend::ping(&permit)),
            InferenceRoute::Metrics => get_only(parts).map(|()| self.metrics()),
            InferenceRoute::Unknown => Err(nothing_at(path)),
        }
    }

    async fn management(
        &self,
        permit: Permit<Management>,
        route: ManagementRoute<'_>,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        match route {
            ManagementRoute::Models
            | ManagementRoute::Model { .. }
            | ManagementRoute::SetDefault { .. } => {
                self.application.backend.manage(permit, &route, parts).await
            }
            ManagementRoute::Plugin(endpoint) => {
                self.guarded_plugin(&permit, endpoint, parts, path, body)
                    .await
            }
            ManagementRoute::Metrics => get_only(parts).map(|()| self.metrics()),
            ManagementRoute::Unknown => Err(nothing_at(path)),
        }
    }

    /// `/token`: the plugin replaces a key.
    async fn token(
        &self,
        permit: &Permit<Token>,
        endpoint: Arc<PluginEndpoint>,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let response = self
            .guarded_plugin(permit, endpoint, parts, path, body)
            .await?;
        if response.status() == StatusCode::OK {
            let kind = rotated_kind(parts.uri.query());
            kind.into_iter()
                .for_each(|kind| self.application.metrics.count_rotation(kind));
        }
        Ok(response)
    }

    async fn open(
        &self,
        route: OpenRoute,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        match route {
            OpenRoute::ApiDescription => Ok(answer::json(&api_description::describe(
                self.roles,
                &self.application.plugins,
            ))),
            OpenRoute::Metrics => get_only(parts).map(|()| self.metrics()),
            OpenRoute::Ping => get_only(parts).map(|()| backend::healthy()),
            OpenRoute::Plugin(endpoint) => self.call_plugin(endpoint, parts, path, body).await,
            OpenRoute::Unknown => Err(nothing_at(path)),
        }
    }

    fn metrics(&self) -> Response<ResponseBody> {
        let media_type =
            HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        answer::with_type(
            StatusCode::OK,
            media_type,
            self.application.metrics.render(),
        )
    }

    /// A plugin's endpoint behind a key: it cannot be called without the permit of its scope.
    async fn guarded_plugin<S: Scope>(
        &self,
        _: &Permit<S>,
        endpoint: Arc<PluginEndpoint>,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        self.call_plugin(endpoint, parts, path, body).await
    }

    async fn call_plugin(
        &self,
        endpoint: Arc<PluginEndpoint>,
        parts: &Parts,
        path: &TargetPath<'_>,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let application = &self.application;
        let method = endpoint.implemented(&parts.method)?;
        let request = PluginRequest {
            parts: parts.clone(),
            path: path.as_str().to_owned(),
            peer: self.peer,
            body: collect(body, application.max_request_size_bytes).await?,
        };
        let plugin = Arc::clone(&endpoint);
        let answer = endpoint
            .call(method, request, application.context.clone())
            .await;
        if let Err(CallError::Failed(_) | CallError::Broken) = answer {
            application.metrics.count_plugin_error(plugin.plugin());
        }
        Ok(answer?.map(ResponseBody::from))
    }
}

/// No cache may keep what is said about keys.
fn uncached(mut response: Response<ResponseBody>) -> Response<ResponseBody> {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Reads a body to its end; nothing is read of one that says it is too long.
async fn collect(body: Incoming, limit_bytes: usize) -> Result<Bytes, Rejection> {
    if body.size_hint().lower() > limit_bytes as u64 {
        return Err(Rejection::too_large(limit_bytes));
    }
    match Limited::new(body, limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Rejection::too_large(limit_bytes)),
        Err(_) => Err(Rejection::bad_request("The request body ends too early.")),
    }
}

/// `/` itself is there, for OPTIONS.
fn nothing_at(path: &TargetPath<'_>) -> Rejection {
    if path.as_str() == "/" {
        Rejection::method_not_allowed("OPTIONS")
    } else {
        Rejection::not_found()
    }
}

fn get_only(parts: &Parts) -> Result<(), Rejection> {
    if parts.method == Method::GET {
        Ok(())
    } else {
        Err(Rejection::method_not_allowed("GET"))
    }
}

const fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}

fn is_grpc(parts: &Parts) -> bool {
    let media_type = parts.headers.get(CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

fn rotated_kind(query: Option<&str>) -> Option<TokenType> {
    let mut parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, kind) = parameters.find(|(name, _)| name == "type")?;
    [TokenType::Management, TokenType::Inference]
        .into_iter()
        .find(|one| one.as_str() == kind)
}
