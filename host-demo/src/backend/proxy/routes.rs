//! Which upstreams the configuration names, and which of them gets the requests of each API.

use super::{client::Protocol, replica::ReplicaSettings, setup::ProxyError, upstream::Upstream};
use crate::{
    config::{HealthPaths, UpstreamAddresses, UpstreamConfig, UpstreamRouting},
    profile::Profile,
    tls::client::ClientTls,
};

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

/// The upstreams that are made so far.
#[derive(Debug)]
pub(super) struct UpstreamList<'a> {
    pub(super) config: &'a UpstreamConfig,
    pub(super) tls: Option<&'a ClientTls>,
    /// Those of the last configuration, whose replicas go on if they are the same.
    pub(super) last: &'a [Upstream],
    pub(super) upstreams: Vec<Upstream>,
}

impl UpstreamIndex {
    pub(super) fn of(self, upstreams: &[Upstream]) -> Option<&Upstream> {
        upstreams.get(self.0)
    }
}

impl UpstreamList<'_> {
    /// Adds all that the configuration names. `has_health_path` says whether the addresses of the inference API are
    /// probed.
    ///
    /// # Errors
    /// An address cannot be used.
    pub(super) fn add_all(
        &mut self,
        profile: Option<Profile>,
        has_health_path: bool,
    ) -> Result<UpstreamRoutes, ProxyError> {
        let config = self.config;
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
        let http = |is_probed| (Protocol::Http1, is_probed);
        let grpc = (Protocol::Http2, false);
        // A server of one port may speak gRPC there.
        let grpc_inference = config.grpc_inference.as_ref().or(all);
        let (metrics, grpc_management) = (config.metrics.as_ref(), config.grpc_management.as_ref());
        Ok(UpstreamRoutes {
            profile,
            is_by_class: all.is_some(),
            is_health_open: config.health_paths == HealthPaths::Open,
            inference: self.add(name, inference, http(has_health_path))?,
            management: self.add("upstream_management", management, http(false))?,
            metrics: self.add("upstream_metrics", metrics, http(false))?,
            grpc_inference: self.add("upstream_grpc_inference", grpc_inference, grpc)?,
            grpc_management: self.add("upstream_grpc_management", grpc_management, grpc)?,
        })
    }

    fn add(
        &mut self,
        name: &'static str,
        addresses: Option<&UpstreamAddresses>,
        (protocol, is_probed): (Protocol, bool),
    ) -> Result<Option<UpstreamIndex>, ProxyError> {
        let Some(addresses) = addresses else {
            return Ok(None);
        };
        let settings = ReplicaSettings {
            protocol,
            connections_max: self.config.connections.connections_max,
            ejection: addresses.are_several().then_some(self.config.ejection),
            is_probed,
            tls: self.tls.cloned(),
        };
        let last = self.last.iter().find(|last| last.name() == name);
        let upstream = Upstream::new(name, addresses, &settings, last)?;
        self.upstreams.push(upstream);
        Ok(Some(UpstreamIndex(self.upstreams.len() - 1)))
    }
}
