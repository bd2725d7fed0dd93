//! What all serving threads share of the reverse proxy.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::{
    client::{ClientSettings, Resolver},
    health_check::{self, HealthCheck, ProbeThread},
    limits::RequestLimits,
    request_head::HeadRules,
    routes::{UpstreamIndex, UpstreamList, UpstreamRoutes},
    setup::{self, ProxyError, UpstreamFiles},
    upstream::Upstream,
};
use crate::{
    config::{UpstreamConfig, UpstreamConnections},
    http::rejection::ErrorForm,
    profile::{ErrorFormat, Profile},
    telemetry::metrics::UpstreamSnapshot,
    tls::client::ClientTls,
};

/// An HTTP/2 upstream that is silent for this long during a request gets a PING.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long it may take to answer the PING.
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// The largest head of a response.
const RESPONSE_HEAD_BYTES_MAX: usize = 64 * 1024;
/// How much of a request, and how much of a response, is buffered at once.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// What all serving threads share of the reverse proxy, as of one reading of the configuration.
#[derive(Debug)]
pub(crate) struct ReverseProxy {
    config: UpstreamConfig,
    upstreams: Vec<Upstream>,
    resolver: Resolver,
    routes: UpstreamRoutes,
    pub(super) head_rules: HeadRules,
    tls: Option<ClientTls>,
    pub(super) limits: Arc<RequestLimits>,
    health_check: Option<HealthCheck>,
    /// Is there while its replicas are probed.
    probes: Mutex<Option<ProbeThread>>,
}

impl ReverseProxy {
    /// The proxy for a reading of the configuration; none without an upstream. It is the `last` one itself if nothing
    /// that it was made of is new, neither in the configuration nor in the files that it names. Otherwise what counts
    /// requests goes on, as do the replicas that are the same.
    ///
    /// # Errors
    /// A file that the configuration names cannot be used, or an address.
    pub(crate) fn for_config(
        config: Option<&UpstreamConfig>,
        last: Option<&Arc<Self>>,
    ) -> Result<Option<Arc<Self>>, ProxyError> {
        let Some(config) = config else {
            return Ok(None);
        };
        let files = UpstreamFiles::read(config)?;
        let same = last.filter(|last| last.is_of(config, &files));
        if let Some(same) = same {
            return Ok(Some(Arc::clone(same)));
        }
        let last = last.map(|last| &**last);
        Self::new(config, files, last).map(|proxy| Some(Arc::new(proxy)))
    }

    fn is_of(&self, config: &UpstreamConfig, files: &UpstreamFiles) -> bool {
        self.config.differs_in_limits_at_most(config)
            && self.routes.profile == files.profile
            && self.head_rules.authorization == files.authorization
            && self.tls == files.tls
    }

    fn new(
        config: &UpstreamConfig,
        files: UpstreamFiles,
        last: Option<&Self>,
    ) -> Result<Self, ProxyError> {
        let UpstreamFiles {
            profile,
            authorization,
            tls,
        } = files;
        let health_path = setup::health_path(&config.health_check, profile.as_ref())?;
        let mut upstreams = UpstreamList {
            config,
            tls: tls.as_ref(),
            last: last.map_or(&[], |last| &last.upstreams),
            upstreams: Vec::new(),
        };
        let routes = upstreams.add_all(profile, health_path.is_some())?;
        let upstreams = upstreams.upstreams;
        let head_rules = HeadRules {
            host: config.host,
            authorization,
        };
        let resolver = match last {
            Some(last) => last.resolver.clone(),
            None => Resolver::start().map_err(ProxyError::Thread)?,
        };
        let health_check = health_path.map(|path| HealthCheck {
            resolver: resolver.clone(),
            path,
            authorization: head_rules.own_authorization(),
            interval: config.health_check.interval,
            timeout: config.health_check.timeout,
        });
        Ok(Self {
            config: config.clone(),
            upstreams,
            resolver,
            routes,
            head_rules,
            tls,
            health_check,
            limits: last.map_or_else(Arc::default, |last| Arc::clone(&last.limits)),
            probes: Mutex::new(None),
        })
    }

    /// The limits of the connections of each thread.
    pub(super) fn client_settings(&self) -> ClientSettings {
        let UpstreamConnections {
            queue_timeout,
            connect_timeout,
            idle_timeout,
            ..
        } = self.config.connections;
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

    /// Probes the addresses of `upstream` or `upstream_inference` from now on, each over HTTP/1.1, if anything is to be
    /// probed.
    ///
    /// # Errors
    /// The thread for it cannot be started.
    pub(crate) fn start_probes(&self) -> Result<(), ProxyError> {
        let probed = self.routes.inference.and_then(|one| self.upstream(one));
        if let (Some(check), Some(upstream)) = (&self.health_check, probed) {
            let thread = health_check::start(check.clone(), upstream.replicas().to_vec());
            *self.probes.lock() = Some(thread.map_err(ProxyError::Thread)?);
        }
        Ok(())
    }

    /// Ends the probes, and waits for that.
    pub(crate) fn stop_probes(&self) {
        let thread = self.probes.lock().take();
        drop(thread);
    }

    /// The state of all upstreams.
    pub(crate) fn snapshots(&self) -> Vec<UpstreamSnapshot> {
        self.upstreams.iter().map(Upstream::snapshot).collect()
    }

    /// The first upstream of which every address is down, as its setting names it.
    pub(crate) fn upstream_down(&self) -> Option<&'static str> {
        let now = Instant::now();
        let down = self.upstreams.iter().find(|upstream| !upstream.is_up(now));
        down.map(Upstream::name)
    }

    pub(super) fn upstream(&self, index: UpstreamIndex) -> Option<&Upstream> {
        index.of(&self.upstreams)
    }
}
