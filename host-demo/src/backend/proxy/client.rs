//! The connections to upstreams: one pool for each serving thread and upstream, over hyper's
//! connections.
//!
//! A request is sent once. If its connection turns out to have ended before anything of the request
//! was sent, it is sent on another one, once. If nothing of it could be sent at all, its body comes
//! back with the error. Nothing of a connection leaves its thread, so that no
//! lock is needed; what threads share is how many connections an upstream has.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::{body::Body, client::conn::TrySendError};

pub(crate) use self::{
    body::UpstreamBody,
    destination::Destination,
    endpoint::{Endpoint, Protocol},
    error::{InvalidResponse, SendError, SendFailure},
    probe::probe,
    resolver::Resolver,
    settings::ClientSettings,
};
use self::{
    body::{OpenExchange, Transport},
    context::ClientContext,
    http1::Http1Pool,
    http2::Http2Pool,
    request_version::{prepare_http1, prepare_http2},
    sent_body::{SendGuard, SentBody},
};
use crate::{http::body::BoxError, telemetry::metrics::WorkerMetrics};

mod body;
mod connector;
mod context;
mod destination;
mod driver;
mod endpoint;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http1;
mod http2;
mod probe;
mod queue;
mod reaper;
mod request_version;
mod resolver;
mod response_head;
mod sent_body;
mod settings;
mod stream;

/// The connections of one serving thread. Must be used where tasks can be spawned on the current
/// thread. `B` is the body of requests.
#[derive(Debug)]
pub(crate) struct UpstreamClient<B: 'static> {
    context: Rc<ClientContext>,
    /// One for each upstream that a request was for; upstreams are as many as the configuration has.
    pools: RefCell<Vec<(Arc<Destination>, Pool<B>)>>,
}

#[derive(Debug)]
enum Pool<B: 'static> {
    Http1(Rc<Http1Pool<B>>),
    Http2(Rc<Http2Pool<B>>),
}

impl<B> UpstreamClient<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// A client without connections, which counts for its thread.
    pub(crate) fn new(settings: ClientSettings, counters: Arc<WorkerMetrics>) -> Self {
        Self {
            context: Rc::new(ClientContext { settings, counters }),
            pools: RefCell::default(),
        }
    }

    /// Sends a request, and waits for the head of its response. Dropping the future before that
    /// cancels the request, and dropping the response's body does so later.
    ///
    /// The request's target is in origin form, and its authority in `Host`. If it asks for an
    /// upgrade, a response 101 has hyper's `OnUpgrade` among its extensions.
    ///
    /// # Errors
    /// There is no connection, the request's body failed, or no valid response came. The error has
    /// the request's body if nothing of the request was sent.
    pub(crate) async fn send(
        &self,
        destination: &Arc<Destination>,
        request: Request<B>,
    ) -> Result<Response<UpstreamBody<B>>, SendFailure<B>> {
        let sent = match self.pool(destination) {
            Pool::Http1(pool) => self.send_http1(pool, request).await,
            Pool::Http2(pool) => self.send_http2(pool, destination.endpoint(), request).await,
        };
        if let Some(failure) = sent.as_ref().err().and_then(SendFailure::connect_failure) {
            self.context.counters.upstreams().count_failure(failure);
        }
        sent
    }

    async fn send_http1(
        &self,
        pool: Rc<Http1Pool<B>>,
        request: Request<B>,
    ) -> Result<Response<UpstreamBody<B>>, SendFailure<B>> {
        let upgrade_asked = response_head::asks_for_upgrade(request.headers());
        let (mut connection, is_reused) = match pool.connection().await {
            Ok(connection) => connection,
            Err(error) => return Err(SendFailure::unsent(error, request.into_body())),
        };
        let (mut request, sent) = watched(request);
        prepare_http1(&mut request);
        let mut attempt = connection.send(request).await;
        if is_reused && let Some(request) = self.to_retry(&mut attempt) {
            connection = match pool.fresh_connection().await {
                Ok(connection) => connection,
                Err(error) => return Err(SendFailure::returned(error, request)),
            };
            attempt = connection.send(request).await;
        } else if is_reused {
            self.context.counters.upstreams().count_reuse();
        }
        let response = attempt.map_err(|error| failure(error, &sent))?;
        response_head::check(&response, upgrade_asked).map_err(SendError::InvalidResponse)?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            connection.detach();
            return Ok(response.map(UpstreamBody::of_upgrade));
        }
        let is_reusable = response_head::allows_reuse(&response);
        let transport = Transport::Http1 {
            connection,
            pool,
            is_reusable,
        };
        let exchange = OpenExchange { transport, sent };
        Ok(response.map(|body| UpstreamBody::new(body, exchange)))
    }

    async fn send_http2(
        &self,
        pool: Rc<Http2Pool<B>>,
        endpoint: &Endpoint,
        request: Request<B>,
    ) -> Result<Response<UpstreamBody<B>>, SendFailure<B>> {
        let (mut stream, is_reused) = match pool.stream().await {
            Ok(stream) => stream,
            Err(error) => return Err(SendFailure::unsent(error, request.into_body())),
        };
        let (mut request, sent) = watched(request);
        prepare_http2(&mut request, endpoint);
        let mut attempt = stream.send(request).await;
        if is_reused && let Some(request) = self.to_retry(&mut attempt) {
            stream.discard();
            (stream, _) = match pool.stream().await {
                Ok(stream) => stream,
                Err(error) => return Err(SendFailure::returned(error, request)),
            };
            attempt = stream.send(request).await;
        } else if is_reused {
            self.context.counters.upstreams().count_reuse();
        }
        let response = attempt.map_err(|error| failure(error, &sent))?;
        response_head::check(&response, false).map_err(SendError::InvalidResponse)?;
        let transport = Transport::Http2 { _stream: stream };
        let exchange = OpenExchange { transport, sent };
        Ok(response.map(|body| UpstreamBody::new(body, exchange)))
    }

    /// The request, if its connection had ended before anything of it was sent.
    fn to_retry<R>(
        &self,
        attempt: &mut Result<R, TrySendError<Request<SentBody<B>>>>,
    ) -> Option<Request<SentBody<B>>> {
        let request = attempt.as_mut().err()?.take_message()?;
        self.context.counters.upstreams().count_retry();
        Some(request)
    }

    fn pool(&self, destination: &Arc<Destination>) -> Pool<B> {
        let mut pools = self.pools.borrow_mut();
        let known = pools.iter().find(|(one, _)| Arc::ptr_eq(one, destination));
        if let Some((_, pool)) = known {
            return pool.clone();
        }
        let context = Rc::clone(&self.context);
        let shared = Arc::clone(destination);
        let pool = match destination.protocol() {
            Protocol::Http1 => Pool::Http1(Http1Pool::new(context, shared)),
            Protocol::Http2 => Pool::Http2(Http2Pool::new(context, shared)),
        };
        pools.push((Arc::clone(destination), pool.clone()));
        pool
    }
}

impl<B> Clone for Pool<B> {
    fn clone(&self) -> Self {
        match self {
            Self::Http1(pool) => Self::Http1(Rc::clone(pool)),
            Self::Http2(pool) => Self::Http2(Rc::clone(pool)),
        }
    }
}

/// The request with a body whose sending is watched.
fn watched<B: Body>(request: Request<B>) -> (Request<SentBody<B>>, SendGuard) {
    let (head, body) = request.into_parts();
    let (body, sent) = SentBody::new(body);
    (Request::from_parts(head, body), sent)
}

/// Why a request got no response.
fn failure<B: Body>(
    mut attempt: TrySendError<Request<SentBody<B>>>,
    sent: &SendGuard,
) -> SendFailure<B> {
    let returned = attempt.take_message();
    let error = attempt.into_error();
    let error = if let Some(error) = sent.take_error() {
        SendError::RequestBody(error)
    } else if error.is_parse() {
        SendError::InvalidResponse(InvalidResponse::Malformed(error))
    } else {
        SendError::Closed(error)
    };
    match returned {
        Some(request) => SendFailure::returned(error, request),
        None => error.into(),
    }
}

#[cfg(test)]
mod tests;
