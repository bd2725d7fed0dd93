//! The life of one request, from top to bottom: parse, authorize, dispatch, reject, record.

use std::{net::SocketAddr, rc::Rc, sync::Arc};

use arc_swap::Guard;
use h2::Reason;
use http::{
    HeaderValue, Method, Request, Response, Version,
    header::{CACHE_CONTROL, CONNECTION, EXPECT},
    request::Parts,
};
use hyper::body::{Body as _, Incoming};

use super::{
    application::Application,
    operations::is_open_inference,
    recorder::{Caller, RecordedBody, Recorder},
    route,
};
use crate::{
    backend::proxy::Forwarders,
    config::{Roles, Scheme},
    generations::{Generation, ServingSettings},
    http::{
        body::ResponseBody,
        byte_budget::ByteBudget,
        client_address::client_address,
        client_body::ClientBody,
        connection_state::ConnectionState,
        grpc_status::is_grpc,
        head_check::CheckedHead,
        head_size::check_head_size,
        rejection::{ErrorForm, Rejection},
        request_body::{BodyLimits, RequestBody},
        request_host::RequestHost,
        response::without_body,
        running_request::RunningRequest,
        target_path::TargetPath,
        token_header::move_to_authorization,
    },
    policy::Principal,
    telemetry::metrics::{ListenerId, WorkerMetrics},
};

/// The largest body of a denied request, in bytes, that does not close its connection: most often
/// it arrived together with the head, and hyper discards it.
const DENIED_BODY_BYTES_MAX: u64 = 4096;

/// Serves the requests of one connection.
#[derive(Debug)]
pub(crate) struct Service {
    pub(super) application: Arc<Application>,
    pub(super) counters: Arc<WorkerMetrics>,
    pub(super) roles: Roles,
    pub(super) peer: SocketAddr,
    /// Those of the thread.
    pub(super) forwarders: Rc<Forwarders>,
    pub(super) recorder: Rc<Recorder>,
    pub(super) state: Arc<ConnectionState>,
}

/// The connection whose requests are served.
#[derive(Debug)]
pub(crate) struct ServedConnection {
    /// Of its listener.
    pub(crate) roles: Roles,
    pub(crate) listener: ListenerId,
    pub(crate) scheme: Scheme,
    pub(crate) peer: SocketAddr,
    pub(crate) state: Arc<ConnectionState>,
}

/// A request without a response: its head, the path that is routed, and its body, of which nothing
/// is read.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) path: &'a TargetPath<'a>,
    /// The address of the client, with port 0 if a proxy named it.
    pub(crate) client: SocketAddr,
    /// For which host it came.
    pub(super) host: Option<RequestHost<'a>>,
    /// Of the generation that decides about it.
    pub(super) settings: &'a Arc<ServingSettings>,
    pub(crate) body: ClientBody,
}

impl Service {
    pub(crate) fn new(
        application: Arc<Application>,
        counters: Arc<WorkerMetrics>,
        connection: ServedConnection,
        forwarders: Rc<Forwarders>,
    ) -> Self {
        let ServedConnection {
            roles,
            listener,
            scheme,
            peer,
            state,
        } = connection;
        let recorder = Rc::new(Recorder {
            access_log: application.access_log.clone(),
            counters: Arc::clone(&counters),
            listener,
            scheme,
        });
        Self {
            application,
            counters,
            roles,
            peer,
            forwarders,
            recorder,
            state,
        }
    }

    /// Takes a request, before HTTP reads on.
    pub(crate) fn accept(
        self: Rc<Self>,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<RecordedBody>, h2::Error>> {
        self.state.input_end.withhold();
        self.respond(request)
    }

    /// Responds to any request. The request is counted and logged when the response has been sent.
    ///
    /// # Errors
    /// The request has no good key, and is one too many of those. Only over HTTP/2 can it be; its stream is reset.
    async fn respond(
        self: Rc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<RecordedBody>, h2::Error> {
        let start = self.recorder.start();
        let (mut parts, body) = request.into_parts();
        let body = ClientBody::new(body, Arc::clone(&self.state));
        let has_stream_body = parts.version == Version::HTTP_2 && !body.is_end_stream();
        // Loaded once: all that is decided about the request comes from one generation.
        let generation = self.application.generations.current();
        let settings = Arc::clone(&generation.settings);
        if let Some(name) = &settings.config.token.header {
            move_to_authorization(&mut parts.headers, name);
        }
        let request = RunningRequest::begin(&self.state);
        let mut caller = Caller::new(self.client(&parts, &settings), request);
        let response = self
            .try_respond(&parts, body, generation, &settings, &mut caller)
            .await;
        if let Some(limit) = caller.request.exceeds() {
            caller.request.refuse(limit);
            return Err(Reason::REFUSED_STREAM.into());
        }
        if has_stream_body && !caller.takes_body {
            caller.request.leave_body();
        }
        let mut response = response.unwrap_or_else(|rejection| {
            let is_open_inference = is_open_inference(parts.uri.path());
            let rejection = rejection.with_error_member(is_open_inference);
            self.reject(rejection, &parts, &settings)
        });
        if parts.method == Method::HEAD {
            response = without_body(response);
        }
        settings.cors.apply(response.headers_mut());
        Ok(self.recorder.record(parts, start, caller, response))
    }

    /// The other end of the connection, unless that is a trusted proxy: then the client that it names.
    fn client(&self, parts: &Parts, settings: &ServingSettings) -> SocketAddr {
        let proxies = &settings.config.trusted_proxies;
        let client = client_address(self.peer.ip(), &parts.headers, proxies);
        if client == self.peer.ip().to_canonical() {
            self.peer
        } else {
            SocketAddr::new(client, 0)
        }
    }

    /// Head and path are checked once; those that could be read in two ways are rejected.
    async fn try_respond(
        &self,
        parts: &Parts,
        body: ClientBody,
        generation: Guard<Arc<Generation>>,
        settings: &Arc<ServingSettings>,
        caller: &mut Caller,
    ) -> Result<Response<ResponseBody>, Rejection> {
        check_head_size(parts, settings.config.clients.header_bytes_max)?;
        let CheckedHead { host } = CheckedHead::new(parts)?;
        let path = &TargetPath::parse(parts.uri.path())?;
        if let Some(response) = settings.cors.preflight(parts) {
            return Ok(response);
        }
        let client = caller.address;
        let pending = Pending {
            parts,
            path,
            client,
            host,
            settings,
            body,
        };
        if self.roles.management && path.segments().next() == Some(route::TOKEN) {
            let response = self
                .authorize_and_dispatch(pending, generation, caller)
                .await;
            let mut response =
                response.unwrap_or_else(|rejection| self.reject(rejection, parts, settings));
            // No cache may store responses about keys.
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Ok(response);
        }
        self.authorize_and_dispatch(pending, generation, caller)
            .await
    }

    /// An admitted request is dispatched to its target. Nothing of the body is read before.
    async fn authorize_and_dispatch(
        &self,
        pending: Pending<'_>,
        generation: Guard<Arc<Generation>>,
        caller: &mut Caller,
    ) -> Result<Response<ResponseBody>, Rejection> {
        let admission = self.admit(&generation, pending.parts, pending.path, pending.client);
        if let Some(principal) = admission.principal {
            caller.principal = Some(principal);
            caller.name = self.name(&generation, principal);
        }
        // Its plugins are not kept for longer than they are needed.
        drop(generation);
        if admission.is_permitted {
            caller.request.permit();
        } else if caller.request.exceeds().is_some() {
            // Nothing is done for it; whoever called resets its stream.
            return Err(Rejection::unavailable("Too many requests without a key."));
        }
        match admission.decision {
            Ok(admitted) => {
                caller.takes_body = admitted.takes_body();
                self.dispatch(admitted, pending).await
            }
            Err(rejection) => Ok(self.deny(rejection, &pending)),
        }
    }

    /// The plugin is called for a name only if the access log needs it, and before the key can be
    /// replaced.
    fn name(&self, generation: &Generation, principal: Principal) -> Option<String> {
        let name = || {
            let name = generation.authorizer.name(principal);
            name.unwrap_or_else(|| principal.to_string())
        };
        self.recorder.access_log.is_on().then(name)
    }

    /// The response to a denied request, which says so if its unread body closes the connection.
    fn deny(&self, rejection: Rejection, pending: &Pending<'_>) -> Response<ResponseBody> {
        let mut response = self.reject(rejection, pending.parts, pending.settings);
        if ends_connection(pending) {
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// The body, each piece of which is waited for as long as the configuration says.
    pub(super) fn body(pending: Pending<'_>) -> RequestBody {
        RequestBody::new(pending.body, pending.settings.config.bodies.idle_timeout)
    }

    fn reject(
        &self,
        rejection: Rejection,
        parts: &Parts,
        settings: &ServingSettings,
    ) -> Response<ResponseBody> {
        if let Some(limit) = rejection.limit() {
            self.application.metrics.count_limit(limit);
        }
        rejection.into_response(if is_grpc(parts.version, &parts.headers) {
            ErrorForm::Grpc
        } else {
            settings.error_form
        })
    }
}

impl Pending<'_> {
    /// The limits of its body if that is read whole.
    pub(super) fn body_limits(&self, budget: &ByteBudget) -> BodyLimits {
        let config = &self.settings.config;
        BodyLimits {
            bytes_max: config.max_request_size_bytes,
            time_max: config.bodies.timeout,
            budget: budget.clone(),
        }
    }
}

/// Whether the connection must be closed because the body is not read. Over HTTP/2 each request has
/// its own stream; and a client that waits for `100 Continue` sends its body later, or not at all.
fn ends_connection(pending: &Pending<'_>) -> bool {
    let (parts, body) = (pending.parts, &pending.body);
    let stays = body.is_end_stream()
        || !parts.headers.contains_key(EXPECT)
            && (body.size_hint().upper()).is_some_and(|bytes| bytes <= DENIED_BODY_BYTES_MAX);
    parts.version != Version::HTTP_2 && !stays
}
