//! Requests that the host does not answer itself: whether they are forwarded, and which key that
//! needs.

use http::{Method, Version, request::Parts};
use hyper::body::Body;

use super::{
    profile_call::profile_call,
    refused_call::{RefusedCall, RefusedKeys},
};
use crate::{
    backend::proxy::{UpstreamIndex, UpstreamRoutes},
    config::Roles,
    http::rejection::Rejection,
    plugins::RequestView,
    policy::{Authorizer, Denied, ForwardPermit, Management},
    profile::{CallKind, Class, Decision, Profile},
    telemetry::metrics::WorkerMetrics,
};

/// A request that goes to an upstream once it has its permit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForwardTarget<'p> {
    pub(crate) upstream: UpstreamIndex,
    pub(crate) key: ForwardKey,
    /// The model of the path, as it stands there; empty if the path names none.
    pub(crate) model: &'p str,
    /// Whether the call is one of gRPC.
    pub(crate) is_grpc: bool,
    /// Whether it asks for the WebSocket protocol.
    pub(crate) is_upgrade: bool,
}

/// The key that a forwarded request needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ForwardKey {
    /// The configuration asks for none.
    None,
    Inference,
    Management,
}

/// The API whose upstream is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Api {
    Inference,
    Management,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Forwarding<'p> {
    Forward(ForwardTarget<'p>),
    Refused(RefusedCall),
}

/// Decides about a request of the inference or the management API; none if their listener has no
/// upstream for it.
///
/// `is_management_path` says whether the path is one of TorchServe's management API, which
/// tells the APIs apart where one listener serves both and no profile does.
pub(crate) fn forwarding<'p>(
    routes: &UpstreamRoutes,
    roles: Roles,
    parts: &'p Parts,
    is_management_path: bool,
) -> Option<Forwarding<'p>> {
    let call = UpstreamCall::of(parts, routes.profile.as_ref());
    if routes.is_by_class {
        return call.by_class(routes);
    }
    let api = match (roles.inference, roles.management, call.class()) {
        (false, true, _) | (true, true, Some(Class::Management | Class::Metrics)) => {
            Api::Management
        }
        (true, true, None) if is_management_path => Api::Management,
        _ => Api::Inference,
    };
    call.by_listener(routes, api)
}

/// The target of a request of the metrics listener, which needs no key and so is forwarded only if
/// it asks for metrics: by the profile, or as `GET /metrics` where no rule names that.
pub(crate) fn metrics_target<'p>(
    routes: &UpstreamRoutes,
    parts: &'p Parts,
) -> Option<ForwardTarget<'p>> {
    let upstream = routes.metrics?;
    let call = UpstreamCall::of(parts, routes.profile.as_ref());
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let is_metrics = match call.class() {
        Some(class) => class == Class::Metrics,
        None => parts.uri.path() == METRICS_PATH,
    };
    let is_forwarded = is_read && is_metrics && call.kind == CallKind::Plain;
    is_forwarded.then_some(ForwardTarget::of_metrics(upstream))
}

/// Where servers have their metrics for Prometheus.
const METRICS_PATH: &str = "/metrics";

/// A request as it would be forwarded, and what the profile says about it.
#[derive(Clone, Copy)]
struct UpstreamCall<'p> {
    kind: CallKind,
    /// None without a profile.
    found: Option<Classified<'p>>,
}

/// What a profile says about a call.
#[derive(Clone, Copy, Default)]
struct Classified<'p> {
    /// None if no rule names the call.
    class: Option<Class>,
    model: Option<&'p str>,
}

impl<'p> UpstreamCall<'p> {
    fn of(parts: &'p Parts, profile: Option<&Profile>) -> Self {
        let call = profile_call(parts);
        let kind = call.kind;
        let found = profile.map(|profile| match profile.classify(&call) {
            Decision::Rule(found) => Classified {
                class: Some(found.class),
                model: found.model,
            },
            Decision::OtherMethod | Decision::NoRule => Classified::default(),
        });
        Self { kind, found }
    }

    fn class(&self) -> Option<Class> {
        self.found?.class
    }

    fn is_grpc(&self) -> bool {
        self.kind == CallKind::Grpc
    }

    /// The class says which key is needed, on whichever listener.
    fn by_class(&self, routes: &UpstreamRoutes) -> Option<Forwarding<'p>> {
        let Some(key) = self.key(routes, ForwardKey::Inference) else {
            return Some(self.refused(RefusedKeys::Either));
        };
        let upstream = match (self.is_grpc(), key) {
            (true, ForwardKey::Management) => routes.grpc_management.or(routes.grpc_inference),
            (true, _) => routes.grpc_inference,
            (false, _) => routes.inference,
        };
        Some(self.target(upstream?, key))
    }

    /// The listener says which key is needed; a profile only leaves calls out.
    fn by_listener(&self, routes: &UpstreamRoutes, api: Api) -> Option<Forwarding<'p>> {
        let upstream = match (api, self.is_grpc()) {
            (Api::Inference, false) => routes.inference,
            (Api::Inference, true) => routes.grpc_inference,
            (Api::Management, false) => routes.management,
            (Api::Management, true) => routes.grpc_management,
        }?;
        let (key, refused_keys) = match api {
            Api::Inference => (ForwardKey::Inference, RefusedKeys::Inference),
            Api::Management => (ForwardKey::Management, RefusedKeys::Management),
        };
        if self.found.is_none() {
            return Some(self.target(upstream, key));
        }
        Some(match (self.key(routes, key), api) {
            (Some(ForwardKey::None), _) => self.target(upstream, ForwardKey::None),
            // The management API has its own listener.
            (Some(ForwardKey::Management), Api::Inference) | (None, _) => {
                self.refused(refused_keys)
            }
            (Some(_), _) => self.target(upstream, key),
        })
    }

    /// The key for the class of the call; none if it is not forwarded.
    fn key(&self, routes: &UpstreamRoutes, guarded_health: ForwardKey) -> Option<ForwardKey> {
        match self.class()? {
            Class::Inference | Class::Docs => Some(ForwardKey::Inference),
            Class::Management | Class::Metrics => Some(ForwardKey::Management),
            Class::Health if routes.is_health_open => Some(ForwardKey::None),
            Class::Health => Some(guarded_health),
            Class::Blocked => None,
        }
    }

    fn target(&self, upstream: UpstreamIndex, key: ForwardKey) -> Forwarding<'p> {
        Forwarding::Forward(ForwardTarget {
            upstream,
            key,
            model: self.found.and_then(|found| found.model).unwrap_or_default(),
            is_grpc: self.is_grpc(),
            is_upgrade: self.kind == CallKind::WebSocket,
        })
    }

    fn refused(&self, keys: RefusedKeys) -> Forwarding<'p> {
        let is_blocked = self.class() == Some(Class::Blocked);
        Forwarding::Refused(RefusedCall::new(keys, is_blocked))
    }
}

impl ForwardTarget<'_> {
    /// A request of the metrics listener, which needs no key.
    pub(super) const fn of_metrics(upstream: UpstreamIndex) -> Self {
        Self {
            upstream,
            key: ForwardKey::None,
            model: "",
            is_grpc: false,
            is_upgrade: false,
        }
    }

    /// Whether a body is forwarded. What anybody may ask for has none, except with gRPC, where every
    /// call has one: a client without a key could make the upstream wait for it, or take it for
    /// another request.
    ///
    /// # Errors
    /// A body came that is not forwarded. Over HTTP/2 it may come later; then nothing of it is read.
    pub(super) fn takes_body(&self, version: Version, body: &impl Body) -> Result<bool, Rejection> {
        let is_refused = match version {
            Version::HTTP_2 => body.size_hint().lower() > 0,
            _ => !body.is_end_stream(),
        };
        match self.key == ForwardKey::None && !self.is_grpc {
            true if is_refused => Err(Rejection::bad_request("This path takes no request body.")),
            is_without => Ok(!is_without),
        }
    }

    /// The permit for it.
    pub(super) fn authorize(
        &self,
        authorizer: &Authorizer,
        request: &RequestView<'_>,
        counters: &WorkerMetrics,
    ) -> Result<ForwardPermit, Denied> {
        Ok(match self.key {
            ForwardKey::None => authorizer.without_key(),
            ForwardKey::Inference => authorizer.authorize_inference(request, counters)?.into(),
            ForwardKey::Management => authorizer
                .authorize::<Management>(request, counters)?
                .into(),
        })
    }
}
