//! The way of a request, from top to bottom: path, admission, answer.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{
    HeaderValue, Request, Response, StatusCode, Version,
    header::{CACHE_CONTROL, CONNECTION, EXPECT},
    request::Parts,
};
use hyper::body::{Body as _, Incoming};

use super::{application::Application, route};
use crate::{
    config::Roles,
    http::{
        body::ResponseBody, grpc_status::is_grpc, rejection::Rejection, request_body::RequestBody,
        target_path::TargetPath,
    },
    telemetry::{
        Exchange,
        metrics::{ListenerId, WorkerMetrics},
    },
};

/// The body of a refused request that does not end its connection, in bytes: most often it came with the head
/// in one piece, and hyper steps over that.
const REFUSED_BODY_BYTES_MAX: u64 = 4096;

/// Answers the requests of one connection.
#[derive(Debug)]
pub(crate) struct Service {
    pub(super) application: Arc<Application>,
    pub(super) counters: Arc<WorkerMetrics>,
    pub(super) roles: Roles,
    /// For its counters.
    pub(super) listener: ListenerId,
    pub(super) peer: SocketAddr,
}

/// A request on its way: its head, the path that is routed, and its body, of which nothing is read.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) path: &'a TargetPath<'a>,
    pub(crate) body: Incoming,
}

impl Pending<'_> {
    /// The body, each piece of which may be waited for as long as `idle_max`.
    pub(crate) fn into_body(self, idle_max: Duration) -> RequestBody {
        RequestBody::new(self.body, idle_max)
    }
}

impl Service {
    pub(crate) const fn new(
        application: Arc<Application>,
        counters: Arc<WorkerMetrics>,
        roles: Roles,
        listener: ListenerId,
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
    pub(crate) async fn respond(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let (parts, body) = request.into_parts();
        let start = self.application.access_log.is_on().then(Instant::now);
        let answer = self.try_respond(&parts, body).await;
        let response = answer.unwrap_or_else(|rejection| reject(rejection, &parts));
        self.counters
            .count_request(self.listener, response.status());
        if let Some(start) = start {
            self.log(&parts, response.status(), start.elapsed());
        }
        response
    }

    async fn try_respond(
        &self,
        parts: &Parts,
        body: Incoming,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let path = &TargetPath::parse(parts.uri.path())?;
        let pending = Pending { parts, path, body };
        if self.roles.management && path.segments().next() == Some(route::TOKEN) {
            return Ok(self.token(pending).await);
        }
        match self.admit(parts, path) {
            Ok(admitted) => self.dispatch(admitted, pending).await,
            Err(rejection) => Ok(refuse(rejection, &pending)),
        }
    }

    /// `/token`: no cache may keep what is said about keys.
    async fn token(&self, pending: Pending<'_>) -> Response<ResponseBody> {
        let parts = pending.parts;
        let answer = match self.admit(parts, pending.path) {
            Ok(admitted) => self.dispatch(admitted, pending).await,
            Err(rejection) => Ok(refuse(rejection, &pending)),
        };
        let mut response = answer.unwrap_or_else(|rejection| reject(rejection, parts));
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
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
}

/// Answers a request that goes no further, and says so where its unread body ends the connection.
fn refuse(rejection: Rejection, pending: &Pending<'_>) -> Response<ResponseBody> {
    let mut response = reject(rejection, pending.parts);
    if ends_connection(pending) {
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn reject(rejection: Rejection, parts: &Parts) -> Response<ResponseBody> {
    rejection.into_response(is_grpc(parts.version, &parts.headers))
}

/// Whether a body that is never read stands in the way of the next request. Another request of HTTP/2 has a
/// stream of its own; and who waits for `100 Continue` sends its body later, or not at all.
fn ends_connection(pending: &Pending<'_>) -> bool {
    let (parts, body) = (pending.parts, &pending.body);
    let stays = body.is_end_stream()
        || !parts.headers.contains_key(EXPECT)
            && (body.size_hint().upper()).is_some_and(|bytes| bytes <= REFUSED_BODY_BYTES_MAX);
    parts.version != Version::HTTP_2 && !stays
}

const fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    }
}
