//! One address of an upstream, and a request that it has.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Version;
use tokio::time::Instant;

use super::{
    client::{Destination, Endpoint, Protocol},
    origin::UpstreamOrigin,
    replica_health::{HealthChange, ReplicaAdmission, ReplicaHealth},
    setup::ProxyError,
};
use crate::{
    config::{UpstreamAddress, UpstreamEjection},
    telemetry::metrics::ReplicaSnapshot,
    tls::client::ClientTls,
};

/// Requests that wait for a connection to one replica, for each connection that it may have.
const QUEUED_PER_CONNECTION: usize = 4;

/// One address of an upstream, shared by all serving threads.
#[derive(Debug)]
pub(super) struct Replica {
    address: UpstreamAddress,
    settings: ReplicaSettings,
    pub(super) destination: Arc<Destination>,
    pub(super) origin: UpstreamOrigin,
    /// Of requests to it.
    pub(super) version: Version,
    health: ReplicaHealth,
    /// From which the times of its health count.
    start: Instant,
    in_flight: AtomicUsize,
}

/// A request that a replica has; dropped when its response has ended.
#[derive(Debug)]
pub(super) struct InFlight {
    replica: Arc<Replica>,
    admission: ReplicaAdmission,
}

/// What all replicas of an upstream have in common.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReplicaSettings {
    pub(super) protocol: Protocol,
    pub(super) connections_max: usize,
    /// None if there is only one.
    pub(super) ejection: Option<UpstreamEjection>,
    /// Whether a probe brings it up again that one found down.
    pub(super) is_probed: bool,
    /// Is there if an address needs it.
    pub(super) tls: Option<ClientTls>,
}

impl Replica {
    /// A replica that is up.
    ///
    /// # Errors
    /// The address cannot be written into a request, or has no valid name for TLS.
    pub(super) fn new(
        address: &UpstreamAddress,
        settings: &ReplicaSettings,
    ) -> Result<Self, ProxyError> {
        let settings = settings.of(address);
        let connections_max = settings.connections_max;
        Ok(Self {
            address: address.clone(),
            destination: Arc::new(Destination::new(
                endpoint(address, &settings)?,
                settings.protocol,
                connections_max,
                connections_max.saturating_mul(QUEUED_PER_CONNECTION),
            )),
            origin: UpstreamOrigin::of(address)?,
            version: match settings.protocol {
                Protocol::Http1 => Version::HTTP_11,
                Protocol::Http2 => Version::HTTP_2,
            },
            health: ReplicaHealth::new(settings.ejection),
            start: Instant::now(),
            in_flight: AtomicUsize::new(0),
            settings,
        })
    }

    /// Whether it is what [`new`](Self::new) would make of these, apart from what it has found out since.
    pub(super) fn is_of(&self, address: &UpstreamAddress, settings: &ReplicaSettings) -> bool {
        self.address == *address && self.settings == settings.of(address)
    }

    /// How many requests it has.
    pub(super) fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether a request may be sent to it.
    pub(super) fn is_available(&self, now: Instant) -> bool {
        self.health.is_available(self.time(now))
    }

    /// Gives it a request, if it may have one now.
    pub(super) fn admit(self: &Arc<Self>, now: Instant) -> Option<InFlight> {
        let admission = self.health.admit(self.time(now))?;
        Some(self.begin(admission))
    }

    /// Gives it a request, whatever its health is.
    pub(super) fn admit_any(self: &Arc<Self>) -> InFlight {
        self.begin(ReplicaAdmission::Regular)
    }

    /// A probe has its outcome; `reason` is what is logged of it.
    pub(super) fn record_probe(&self, is_success: bool, reason: &str) {
        match self.health.record_probe(is_success) {
            HealthChange::None => {}
            HealthChange::WentDown => self.log_down(reason),
            HealthChange::CameUp => self.log_up(reason),
        }
    }

    pub(super) fn snapshot(&self) -> ReplicaSnapshot {
        ReplicaSnapshot {
            address: self.address.to_string(),
            is_healthy: self.health.is_up(),
            in_flight: self.load(),
            ejections: self.health.ejections(),
        }
    }

    fn begin(self: &Arc<Self>, admission: ReplicaAdmission) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let replica = Arc::clone(self);
        InFlight { replica, admission }
    }

    fn time(&self, now: Instant) -> Duration {
        now.duration_since(self.start)
    }

    fn log_down(&self, reason: &str) {
        tracing::warn!("upstream {} is down: {reason}", self.address);
    }

    fn log_up(&self, reason: &str) {
        tracing::info!("upstream {} is up again: {reason}", self.address);
    }
}

impl ReplicaSettings {
    /// What of them matters for one address.
    fn of(&self, address: &UpstreamAddress) -> Self {
        let mut settings = self.clone();
        settings.tls = settings.tls.filter(|_| address.is_tls());
        settings
    }
}

impl InFlight {
    pub(super) fn replica(&self) -> &Replica {
        &self.replica
    }

    /// The replica responded.
    pub(super) fn record_response(&self) {
        if self.replica.health.record_response() == HealthChange::CameUp {
            self.replica.log_up("it responds");
        }
    }

    /// The request failed for a reason that may lie in the replica.
    pub(super) fn record_failure(&self, now: Instant, reason: impl FnOnce() -> String) {
        let replica = &self.replica;
        let now = replica.time(now);
        if replica.health.record_failure(self.admission, now) == HealthChange::WentDown {
            let reason = reason();
            replica.log_down(&format!(
                "too many requests in a row failed, last: {reason}"
            ));
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.replica.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

fn endpoint(address: &UpstreamAddress, settings: &ReplicaSettings) -> Result<Endpoint, ProxyError> {
    Ok(match address {
        UpstreamAddress::Unix(path) => Endpoint::Unix(path.clone()),
        UpstreamAddress::Tcp {
            host,
            port,
            is_tls: true,
        } => {
            let tls = settings.tls.as_ref().ok_or(ProxyError::NoTls)?;
            Endpoint::tls(tls, host.clone(), *port, settings.protocol)?
        }
        UpstreamAddress::Tcp { host, port, .. } => Endpoint::Tcp {
            host: host.clone(),
            port: *port,
        },
    })
}
