//! Forwards one request, from its permit to the head of its response.

use std::{num::NonZeroUsize, rc::Rc, sync::Arc, time::Duration};

use http::{Response, StatusCode, Version, request::Parts};
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use super::{
    accounting::{Account, AccountedBody},
    client::{InvalidResponse, SendError, UpstreamBody, UpstreamClient},
    failover::{self, ResponseLimits},
    failure::ForwardError,
    grpc_stream::GrpcStream,
    limits::RequestShare,
    replica::{InFlight, Replica},
    request_body::ForwardedRequestBody,
    request_head::HeadContext,
    request_id::RequestIds,
    request_trailers::RequestTrailers,
    response_head,
    reverse_proxy::ReverseProxy,
    routes::UpstreamIndex,
    stream_cut::StreamCut,
    stream_limits::{LimitedStream, StreamLimits},
    stream_sweep::StreamSweep,
    upgrade,
};
use crate::{
    config::UpstreamConfig,
    http::{
        body::ResponseBody,
        last_hop::LastHop,
        rejection::Rejection,
        request_body::{RequestBody, check_announced},
    },
    policy::ForwardPermit,
    telemetry::{error_chain::error_chain, metrics::WorkerMetrics},
};

/// One reverse proxy as one serving thread uses it, with the thread's own connections.
#[derive(Debug)]
pub(crate) struct Forwarder {
    proxy: Arc<ReverseProxy>,
    client: UpstreamClient<ForwardedRequestBody>,
    request_ids: Rc<RequestIds>,
    streams: Rc<StreamSweep>,
    counters: Arc<WorkerMetrics>,
    trailers: Rc<RequestTrailers>,
}

/// A request to forward.
pub(crate) struct ForwardCall<'a> {
    pub(crate) parts: &'a Parts,
    /// Its limits are in force; what the [`ReverseProxy`] was made of is not read again.
    pub(crate) settings: &'a UpstreamConfig,
    /// None is empty.
    pub(crate) body: Option<RequestBody>,
    pub(crate) last_hop: LastHop<'a>,
    /// The model of the path; empty if the path names none.
    pub(crate) model: &'a str,
    /// Whether its errors are told in trailers.
    pub(crate) is_grpc: bool,
    /// The time limit of the client itself, from now on.
    pub(crate) time_limit: Option<Duration>,
    /// Whether the client asks for the WebSocket protocol, and may.
    pub(crate) is_upgrade: bool,
    /// Whether the key of the request is still valid; none if streams outlive their keys.
    pub(crate) recheck: Option<Box<dyn Fn() -> bool>>,
}

impl Forwarder {
    /// `request_ids` are those of the thread.
    pub(super) fn new(
        proxy: Arc<ReverseProxy>,
        counters: Arc<WorkerMetrics>,
        request_ids: Rc<RequestIds>,
    ) -> Self {
        Self {
            client: UpstreamClient::new(proxy.client_settings(), Arc::clone(&counters)),
            trailers: Rc::new(RequestTrailers(Arc::clone(&proxy))),
            proxy,
            request_ids,
            streams: Rc::default(),
            counters,
        }
    }

    /// Whether it forwards for this proxy.
    pub(super) fn is_of(&self, proxy: &Arc<ReverseProxy>) -> bool {
        Arc::ptr_eq(&self.proxy, proxy)
    }

    /// Sends a request to a replica of the upstream, and returns its response as soon as its head
    /// is there.
    pub(crate) async fn forward(
        &self,
        permit: &ForwardPermit,
        upstream: UpstreamIndex,
        call: ForwardCall<'_>,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let bytes_max = call.settings.request_bytes_max.map(NonZeroUsize::get);
        if let (Some(body), Some(bytes_max)) = (&call.body, bytes_max) {
            // The upstream need not begin with what would be broken off.
            check_announced(body, bytes_max)?;
        }
        let forwarded = self.try_forward(permit, upstream, call).await;
        forwarded.map_err(|error| {
            tracing::debug!(
                "a request got no response of its upstream: {}",
                error_chain(&error)
            );
            error.into_rejection(bytes_max.unwrap_or_default())
        })
    }

    async fn try_forward(
        &self,
        permit: &ForwardPermit,
        upstream: UpstreamIndex,
        call: ForwardCall<'_>,
    ) -> Result<Response<ResponseBody>, ForwardError> {
        let (now, settings) = (Instant::now(), call.settings);
        let principal = permit.principal();
        let share = if permit.is_without_key() {
            let connections_max = settings.connections.connections_max;
            (self.proxy.limits).admit_without_key(settings.concurrency, connections_max)?
        } else {
            self.proxy.limits.admit(principal, settings.concurrency)?
        };
        let body = ForwardedRequestBody::new(
            call.body,
            settings.request_bytes_max.map(NonZeroUsize::get),
            Rc::clone(&self.trailers),
            now,
        );
        let progress = body.progress();
        let counters = Arc::clone(&self.counters);
        let mut account = Account::new(counters, principal, call.model, now, progress.clone());
        let upstream = self.proxy.upstream(upstream);
        let upstream = upstream.ok_or(ForwardError::NoReplica)?;
        let request_id = self.request_ids.of(&call.parts.headers);
        let head = |replica: &Replica| {
            let context = HeadContext {
                origin: &replica.origin,
                last_hop: &call.last_hop,
                principal,
                request_id: &request_id,
                is_upgrade: call.is_upgrade,
                version: replica.version,
                profile: self.proxy.routes().profile.as_ref(),
            };
            self.proxy.head_rules.apply(call.parts, &context)
        };
        let deadline = call.time_limit.and_then(|limit| now.checked_add(limit));
        let limits = ResponseLimits {
            timeout: settings.response_timeout,
            deadline,
        };
        let sent = failover::send(&self.client, upstream, head, body, limits);
        let (mut response, in_flight) = sent.await?;
        let replica = in_flight.replica();
        account.respond(response.status(), response.headers());
        response_head::rewrite(response.headers_mut(), &replica.origin, &request_id);
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Self::switch(
                response,
                call.parts,
                settings.stream_duration_max,
                call.recheck,
                (in_flight, share, account),
            );
        }
        let stream_end = Instant::now() + settings.stream_duration_max;
        let end = match deadline {
            Some(deadline) if deadline < stream_end => (deadline, StreamCut::Deadline),
            _ => (stream_end, StreamCut::Duration),
        };
        let limits = StreamLimits {
            read_timeout: settings.read_timeout,
            end,
            recheck: call.recheck,
        };
        *response.version_mut() = Version::default();
        Ok(response.map(|body| {
            let body = LimitedStream::new(body, limits, (in_flight, share));
            let body = self.streams.watch(body);
            let body = AccountedBody::new(body, account);
            if call.is_grpc {
                ResponseBody::stream(GrpcStream::new(body))
            } else {
                ResponseBody::stream(body)
            }
        }))
    }

    /// Joins the two connections once the client has its 101.
    fn switch(
        mut response: Response<UpstreamBody<ForwardedRequestBody>>,
        parts: &Parts,
        duration_max: Duration,
        recheck: Option<Box<dyn Fn() -> bool>>,
        held: (InFlight, RequestShare, Account),
    ) -> Result<Response<ResponseBody>, ForwardError> {
        let of_upstream = hyper::upgrade::on(&mut response);
        let Some(of_client) = parts.extensions.get::<OnUpgrade>().cloned() else {
            return Err(SendError::InvalidResponse(InvalidResponse::UnaskedUpgrade).into());
        };
        upgrade::set_headers(response.headers_mut());
        upgrade::join(of_client, of_upstream, duration_max, recheck, held);
        Ok(response.map(|_| ResponseBody::default()))
    }
}
