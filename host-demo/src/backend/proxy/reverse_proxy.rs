//! What all serving threads share of the reverse proxy.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use super::{
    client::{ClientSettings, Protocol},
    limits::RequestLimits,
    request_head::HeadRules,
    setup::{self, ProxyError},
    upstream::Upstream,
};
use crate::{
    config::{
        HealthPaths, UpstreamAddresses, UpstreamConfig, UpstreamConnections, UpstreamRouting,
    },
    http::rejection::ErrorForm,
    profile::{ErrorFormat, Profile},
};

/// An HTTP/2 upstream that is silent for this long during a request gets a PING.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long it may take to answer the PING.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest head of a response.
const RESPONSE_HEAD_BYTES_MAX: usize = 64 * 1024;
/// How much of a request, and how much of a response, is buffered at once.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// What all serving threads share of the reverse proxy.
#[derive(Debug)]
pub(crate) struct ReverseProxy {
    upstreams: Vec<Upstream>,
    routes: UpstreamRoutes,
    pub(super) head_rules: HeadRules,
    connections: UpstreamConnections,
    pub(super) limits: Arc<RequestLimits>,
    /// None for no limit.
    pub(super) request_bytes_max: Option<usize>,
    pub(super) response_timeout: Duration,
    pub(super) read_timeout: Duration,
    pub(super) stream_duration_max: Duration,
}

/// The number of an upstream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct UpstreamIndex(usize);

/// Which upstream the requests of each API are forwarded to.
#[derive(Debug)]
pub(crate) struct UpstreamRoutes {
    /// What each call does; none lets the key of a listener open all of its upstream.
    pub(crate) profile: Option<Profile>,
    /// Whether the class of a call says which key it needs, and not its listener.
    pub(crate) is_by_class: bool,
    /// Whether health paths need no key.
    pub(crate) is_health_open: bool,
    pub(crate) inference: Option<UpstreamIndex>,
    pub(crate) management: Option<UpstreamIndex>,
    pub(crate) metrics: Option<UpstreamIndex>,
    pub(crate) grpc_inference: Option<UpstreamIndex>,
    pub(crate) grpc_management: Option<UpstreamIndex>,
}

impl ReverseProxy {
    /// # Errors
    /// A file that the configuration names cannot be used, or an address.
    pub(crate) fn new(config: &UpstreamConfig) -> Result<Self, ProxyError> {
        let tls = setup::tls(config)?;
        let mut upstreams = Vec::new();
        let mut add = |addresses: Option<&UpstreamAddresses>, protocol| {
            let Some(addresses) = addresses else {
                return Ok(None);
            };
            upstreams.push(Upstream::new(
                addresses,
                protocol,
                &config.connections,
                tls.as_ref(),
            )?);
            Ok::<_, ProxyError>(Some(UpstreamIndex(upstreams.len() - 1)))
        };
        let (inference, management, all) = match &config.routing {
            UpstreamRouting::ByClass(all) => (Some(all), None, Some(all)),
            UpstreamRouting::ByListener {
                inference,
                management,
            } => (inference.as_ref(), management.as_ref(), None),
        };
        // A server of one port may speak gRPC there.
        let grpc_inference = config.grpc_inference.as_ref().or(all);
        let routes = UpstreamRoutes {
            profile: setup::profile(config)?,
            is_by_class: all.is_some(),
            is_health_open: config.health_paths == HealthPaths::Open,
            inference: add(inference, Protocol::Http1)?,
            management: add(management, Protocol::Http1)?,
            metrics: add(config.metrics.as_ref(), Protocol::Http1)?,
            grpc_inference: add(grpc_inference, Protocol::Http2)?,
            grpc_management: add(config.grpc_management.as_ref(), Protocol::Http2)?,
        };
        Ok(Self {
            upstreams,
            routes,
            head_rules: HeadRules {
                host: config.host,
                authorization: setup::authorization(&config.authorization)?,
            },
            connections: config.connections,
            limits: Arc::new(RequestLimits::new(config.concurrency)),
            request_bytes_max: config.request_bytes_max.map(NonZeroUsize::get),
            response_timeout: config.response_timeout,
            read_timeout: config.read_timeout,
            stream_duration_max: config.stream_duration_max,
        })
    }

    /// The limits of the connections of each thread.
    pub(super) const fn client_settings(&self) -> ClientSettings {
        let UpstreamConnections {
            queue_timeout,
            connect_timeout,
            idle_timeout,
            ..
        } = self.connections;
        ClientSettings {
            connect_timeout,
            queue_timeout,
            idle_timeout,
            ping_interval: PING_INTERVAL,
            ping_timeout: PING_TIMEOUT,
            response_head_bytes_max: RESPONSE_HEAD_BYTES_MAX,
            buffer_bytes_max: BUFFER_BYTES_MAX,
        }
    }

    pub(crate) const fn routes(&self) -> &UpstreamRoutes {
        &self.routes
    }

    /// The form in which the upstream's clients expect errors.
    pub(crate) fn error_form(&self) -> ErrorForm {
        match self.routes.profile.as_ref().map(Profile::error_format) {
            Some(ErrorFormat::OpenAi) => ErrorForm::OpenAi,
            _ => ErrorForm::TorchServe,
        }
    }

    pub(super) fn upstream(&self, index: UpstreamIndex) -> Option<&Upstream> {
        self.upstreams.get(index.0)
    }
}
