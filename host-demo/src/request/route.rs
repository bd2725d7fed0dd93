//! The operation of a request and the key that it requires: decided once, by the listener and the
//! decoded path.

use std::sync::Arc;

use http::{Method, request::Parts};
use plugin_api::EndpointType;

use super::{
    forwarding::{ForwardTarget, Forwarding, forwarding, metrics_target},
    operations::{
        INFERENCE, InferenceOperation, MANAGEMENT, METRICS, ManagementOperation, MetricsOperation,
        PUBLIC, PathItem, PublicOperation, begins_with,
    },
    refused_call::{ForwardRefusal, RefusedCall},
    segments::Segments,
};
use crate::{
    backend::{models::ModelPath, proxy::UpstreamRoutes},
    config::Roles,
    http::{rejection::Rejection, target_path::TargetPath},
    plugins::{PluginEndpoint, Plugins, RequestView},
    policy::{Authorizer, Denied, ForwardPermit, Inference, Management, Permit, Token},
    telemetry::metrics::WorkerMetrics,
};

/// The target of a request, by the key that it requires.
#[derive(Debug)]
pub(crate) enum Route<'p> {
    /// Needs no key.
    Open(Target<'p, PublicOperation>),
    /// The endpoint `token` of the token plugin: needs the API key.
    Token(Arc<PluginEndpoint>),
    /// Needs the management key.
    Management(Target<'p, ManagementOperation>),
    /// Needs the inference key.
    Inference(Target<'p, InferenceOperation>),
    /// The upstream's.
    Forward(ForwardTarget<'p>),
    /// Neither the host's nor to be forwarded.
    Refused(RefusedCall),
}

/// What the route of a request depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteInput<'p, 'a> {
    pub(crate) roles: Roles,
    pub(crate) parts: &'p Parts,
    pub(crate) path: &'p TargetPath<'p>,
    pub(crate) plugins: &'a Plugins,
    /// None if nothing is forwarded.
    pub(crate) upstreams: Option<&'a UpstreamRoutes>,
}

/// The target of an allowed request, with the permit.
#[derive(Debug)]
pub(crate) enum Admitted<'p> {
    Open(Target<'p, PublicOperation>),
    Token(Permit<Token>, Arc<PluginEndpoint>),
    Management(Permit<Management>, Target<'p, ManagementOperation>),
    Inference(Permit<Inference>, Target<'p, InferenceOperation>),
    Forward(ForwardPermit, ForwardTarget<'p>),
    Refused(ForwardRefusal),
}

/// The target, among operations of type `O`.
#[derive(Debug)]
pub(crate) enum Target<'p, O> {
    /// An operation of the host, on the model of the path.
    Operation(O, ModelPath<'p>),
    /// An operation of the metrics listener.
    Metrics(MetricsOperation),
    /// An endpoint of a plugin.
    Plugin(Arc<PluginEndpoint>),
    /// No target.
    Missing(Missing<'p>),
}

/// Why there is no target.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Missing<'p> {
    /// The path exists, but not with this method; with the value of `Allow`.
    Method { allow: String, model: ModelPath<'p> },
    /// The path does not exist.
    Path,
}

impl<'p> Route<'p> {
    /// The route of a request. Plugins override the host's own paths. On a shared address `token`
    /// and the management API are recognized by the first segment, and everything else needs the
    /// inference key. Where there is an upstream, it gets what the host does not answer itself.
    pub(crate) fn of(input: RouteInput<'p, '_>) -> Self {
        // A new API has to say here which key opens it; the metrics API is what is left at the end.
        let Roles {
            inference: has_inference,
            management: has_management,
            metrics: has_metrics,
        } = input.roles;
        let plugins = input.plugins;
        let request = Request {
            method: &input.parts.method,
            segments: Segments::of(input.path),
        };
        if let Some(target) = request.public() {
            return Self::Open(target);
        }
        let first = request.segments.first();
        let is_management_path = begins_with(MANAGEMENT, first);
        let forwarded = || {
            let is_of_host = first == TOKEN
                || has_management && first == PLUGINS
                || has_metrics && request.is_metrics_of_host(input.upstreams);
            let upstreams = input.upstreams.filter(|_| !is_of_host)?;
            forwarding(upstreams, input.roles, input.parts, is_management_path).map(Self::from)
        };
        if has_management {
            if let Some(endpoint) = plugins.endpoint(EndpointType::MANAGEMENT, first) {
                let endpoint = Arc::clone(endpoint);
                return if first == TOKEN {
                    Self::Token(endpoint)
                } else {
                    Self::Management(Target::Plugin(endpoint))
                };
            }
            if is_management_path {
                let of_host = || Self::Management(request.target(MANAGEMENT));
                return forwarded().unwrap_or_else(of_host);
            }
            if !has_inference {
                let of_host = || Self::Management(request.shared_metrics(has_metrics, plugins));
                return forwarded().unwrap_or_else(of_host);
            }
        }
        if has_inference {
            let inference = plugins.endpoint(EndpointType::INFERENCE, first);
            let metric = || plugins.endpoint(EndpointType::METRIC, first);
            if let Some(endpoint) = inference.or_else(|| metric().filter(|_| has_metrics)) {
                return Self::Inference(Target::Plugin(Arc::clone(endpoint)));
            }
            return forwarded().unwrap_or_else(|| {
                let target = request.target(INFERENCE);
                Self::Inference(target.or_else(|| request.shared_metrics(has_metrics, plugins)))
            });
        }
        let of_host = request.metrics(plugins);
        // Probes ask for it here, whatever the upstream has.
        let is_ping = matches!(request.metrics_operation(), Some(MetricsOperation::Ping));
        let is_of_host = is_ping
            || request.is_metrics_of_host(input.upstreams)
            || matches!(of_host, Target::Plugin(_));
        let upstreams = input.upstreams.filter(|_| !is_of_host);
        match upstreams.and_then(|upstreams| metrics_target(upstreams, input.parts)) {
            Some(target) => Self::Forward(target),
            None => Self::Open(of_host.or_else(|| request.unknown())),
        }
    }

    /// Requests the permit that the route requires.
    pub(crate) fn authorize(
        self,
        authorizer: &Authorizer,
        request: &RequestView<'_>,
        counters: &WorkerMetrics,
    ) -> Result<Admitted<'p>, Denied> {
        Ok(match self {
            Self::Open(target) => Admitted::Open(target),
            Self::Token(endpoint) => {
                Admitted::Token(authorizer.authorize(request, counters)?, endpoint)
            }
            Self::Management(target) => {
                Admitted::Management(authorizer.authorize(request, counters)?, target)
            }
            Self::Inference(target) => {
                Admitted::Inference(authorizer.authorize_inference(request, counters)?, target)
            }
            Self::Forward(target) => {
                Admitted::Forward(target.authorize(authorizer, request, counters)?, target)
            }
            Self::Refused(call) => {
                Admitted::Refused(call.authorize(authorizer, request, counters)?)
            }
        })
    }

    /// The model of the path; empty if the path has none.
    pub(crate) const fn model(&self) -> &'p str {
        match self {
            Self::Inference(Target::Operation(_, path))
            | Self::Management(Target::Operation(_, path)) => path.name,
            Self::Forward(target) => target.model,
            _ => "",
        }
    }
}

impl Admitted<'_> {
    /// Whether what answers the request may read its body.
    pub(crate) const fn takes_body(&self) -> bool {
        match self {
            Self::Open(target) => matches!(target, Target::Plugin(_)),
            Self::Refused(_) => false,
            Self::Token(..) | Self::Management(..) | Self::Inference(..) | Self::Forward(..) => {
                true
            }
        }
    }
}

impl<O> Target<'_, O> {
    /// This target, or another one if it is missing.
    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Missing(Missing::Path) => other(),
            found => found,
        }
    }
}

/// The input of routing.
struct Request<'p, 'm> {
    method: &'m Method,
    segments: Segments<'p>,
}

impl<'p> Request<'p, '_> {
    /// The row of the path, and the model that the path names.
    fn item<'t, O>(&self, items: &'t [PathItem<O>]) -> Option<(&'t PathItem<O>, ModelPath<'p>)> {
        items
            .iter()
            .find_map(|item| Some((item, self.segments.matched(item.segments)?)))
    }

    fn target<O: Copy>(&self, items: &[PathItem<O>]) -> Target<'p, O> {
        let Some((item, model)) = self.item(items) else {
            return Target::Missing(Missing::Path);
        };
        match item.operation(self.method) {
            Some(operation) => Target::Operation(operation.id, model),
            None => Target::Missing(Missing::Method {
                allow: item.allow(),
                model,
            }),
        }
    }

    /// The operations without a key. Other methods on `/` need the listener's key.
    fn public(&self) -> Option<Target<'p, PublicOperation>> {
        match self.target(PUBLIC) {
            Target::Missing(Missing::Path) => None,
            Target::Missing(Missing::Method { .. }) if self.segments.is_root() => None,
            target => Some(target),
        }
    }

    /// The metrics listener on its own address.
    fn metrics<O>(&self, plugins: &Plugins) -> Target<'p, O> {
        if let Some(endpoint) = plugins.endpoint(EndpointType::METRIC, self.segments.first()) {
            return Target::Plugin(Arc::clone(endpoint));
        }
        match self.target(METRICS) {
            Target::Operation(operation, _) => Target::Metrics(operation),
            Target::Missing(missing) => Target::Missing(missing),
            Target::Metrics(_) | Target::Plugin(_) => Target::Missing(Missing::Path),
        }
    }

    /// The metrics listener on a shared address; the host's `/ping` then belongs to the inference API
    /// only.
    fn shared_metrics<O>(&self, has_metrics: bool, plugins: &Plugins) -> Target<'p, O> {
        if !has_metrics {
            return self.unknown();
        }
        match self.metrics(plugins) {
            Target::Metrics(_) | Target::Missing(_) if self.is_ping() => self.unknown(),
            target => target.or_else(|| self.unknown()),
        }
    }

    fn is_ping(&self) -> bool {
        self.metrics_operation() == Some(MetricsOperation::Ping)
    }

    /// Whether the host answers it although there is an upstream. `/metrics` is the upstream's,
    /// if that has any.
    fn is_metrics_of_host(&self, upstreams: Option<&UpstreamRoutes>) -> bool {
        let has_upstream = upstreams.is_some_and(|one| one.is_by_class || one.metrics.is_some());
        match self.metrics_operation() {
            Some(MetricsOperation::Metrics) => !has_upstream,
            Some(MetricsOperation::HostMetrics | MetricsOperation::Ready) => true,
            Some(MetricsOperation::Ping) | None => false,
        }
    }

    /// The operation of the path, whichever methods it has.
    fn metrics_operation(&self) -> Option<MetricsOperation> {
        let (item, _) = self.item(METRICS)?;
        item.operations.first().map(|operation| operation.id)
    }

    /// No target; `/` exists with other methods.
    fn unknown<O>(&self) -> Target<'p, O> {
        match self.target(PUBLIC) {
            Target::Missing(missing) => Target::Missing(missing),
            _ => Target::Missing(Missing::Path),
        }
    }
}

impl From<Missing<'_>> for Rejection {
    fn from(missing: Missing<'_>) -> Self {
        match missing {
            Missing::Method { allow, .. } => Self::method_not_allowed(&allow),
            Missing::Path => Self::not_found(),
        }
    }
}

impl<'p> From<Forwarding<'p>> for Route<'p> {
    fn from(forwarding: Forwarding<'p>) -> Self {
        match forwarding {
            Forwarding::Forward(target) => Self::Forward(target),
            Forwarding::Refused(call) => Self::Refused(call),
        }
    }
}

/// The first segment that requires the API key, on the management listener. No listener forwards
/// it.
pub(crate) const TOKEN: &str = "token";
/// The first segment of the management API that the host answers even if there is an upstream.
pub(super) const PLUGINS: &str = "plugins";

#[cfg(test)]
mod tests;
