//! What all serving threads share of the reverse proxy.

use std::{io, sync::Arc, thread::JoinHandle, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    client::{ClientSettings, Protocol, Resolver},
    health_check::{self, HealthCheck},
    limits::RequestLimits,
    replica::ReplicaSettings,
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
    telemetry::metrics::{ReplicaSource, UpstreamSnapshot},
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
    resolver: Resolver,
    routes: UpstreamRoutes,
    pub(super) head_rules: HeadRules,
    connections: UpstreamConnections,
    pub(super) limits: Arc<RequestLimits>,
    health_check: Option<HealthCheck>,
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
        let mut add = |name, addresses: Option<&UpstreamAddresses>, protocol| {
            let Some(addresses) = addresses else {
                return Ok(None);
            };
            let settings = ReplicaSettings {
                protocol,
                connections: &config.connections,
                ejection: addresses.are_several().then_some(config.ejection),
                tls: tls.as_ref(),
            };
            upstreams.push(Upstream::new(name, addresses, &settings)?);
            Ok::<_, ProxyError>(Some(UpstreamIndex(upstreams.len() - 1)))
        };
        let (inference, management, all) = match &config.routing {
            UpstreamRouting::ByClass(all) => (Some(all), None, Some(all)),
            UpstreamRouting::ByListener {
                inference,
                management,
            } => (inference.as_ref(), management.as_ref(), None),
        };
        let name = if all.is_some() {
            "upstream"
        } else {
            "upstream_inference"
        };
        // A server of one port may speak gRPC there.
        let grpc_inference = config.grpc_inference.as_ref().or(all);
        let routes = UpstreamRoutes {
            profile: setup::profile(config)?,
            is_by_class: all.is_some(),
            is_health_open: config.health_paths == HealthPaths::Open,
            inference: add(name, inference, Protocol::Http1)?,
            management: add("upstream_management", management, Protocol::Http1)?,
            metrics: add("upstream_metrics", config.metrics.as_ref(), Protocol::Http1)?,
            grpc_inference: add("upstream_grpc_inference", grpc_inference, Protocol::Http2)?,
            grpc_management: add(
                "upstream_grpc_management",
                config.grpc_management.as_ref(),
                Protocol::Http2,
            )?,
        };
        let head_rules = HeadRules {
            host: config.host,
            authorization: setup::authorization(&config.authorization)?,
        };
        let path = setup::health_path(&config.health_check, routes.profile.as_ref())?;
        let resolver = Resolver::start().map_err(ProxyError::Thread)?;
        let health_check = path.map(|path| HealthCheck {
            resolver: resolver.clone(),
            path,
            authorization: head_rules.own_authorization(),
            interval: config.health_check.interval,
            timeout: config.health_check.timeout,
        });
        Ok(Self {
            upstreams,
            resolver,
            routes,
            head_rules,
            health_check,
            connections: config.connections,
            limits: Arc::default(),
        })
    }

    /// The limits of the connections of each thread.
    pub(super) fn client_settings(&self) -> ClientSettings {
        let UpstreamConnections {
            queue_timeout,
            connect_timeout,
            idle_timeout,
            ..
        } = self.connections;
        ClientSettings {
            resolver: self.resolver.clone(),
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

    /// Starts to probe the addresses of `upstream` or `upstream_inference`, each over HTTP/1.1, until
    /// `stopped` is true. None if nothing is to be probed.
    ///
    /// # Errors
    /// The thread for it cannot be started.
    pub(crate) fn start_health_checks(
        &self,
        stopped: watch::Receiver<bool>,
    ) -> io::Result<Option<JoinHandle<()>>> {
        let probed = self.routes.inference.and_then(|one| self.upstream(one));
        let (Some(check), Some(upstream)) = (&self.health_check, probed) else {
            return Ok(None);
        };
        health_check::start(check.clone(), upstream.replicas().to_vec(), stopped).map(Some)
    }

    /// The first upstream of which every address is down, as its setting names it.
    pub(crate) fn upstream_down(&self) -> Option<&'static str> {
        let now = Instant::now();
        let down = self.upstreams.iter().find(|upstream| !upstream.is_up(now));
        down.map(Upstream::name)
    }

    pub(super) fn upstream(&self, index: UpstreamIndex) -> Option<&Upstream> {
        self.upstreams.get(index.0)
    }
}

impl ReplicaSource for ReverseProxy {
    fn upstreams(&self) -> Vec<UpstreamSnapshot> {
        self.upstreams.iter().map(Upstream::snapshot).collect()
    }
}
