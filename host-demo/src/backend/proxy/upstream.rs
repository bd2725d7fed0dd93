//! One upstream: the replicas of a model server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::Version;

use super::{
    client::{Destination, Endpoint, Protocol},
    origin::UpstreamOrigin,
    setup::ProxyError,
};
use crate::{
    config::{UpstreamAddress, UpstreamAddresses, UpstreamConnections},
    tls::client::ClientTls,
};

/// Requests that wait for a connection to one replica, for each connection that it may have.
const QUEUED_PER_CONNECTION: usize = 4;

/// The replicas of a model server, shared by all serving threads.
#[derive(Debug)]
pub(super) struct Upstream {
    replicas: Vec<Arc<Replica>>,
}

/// One address of an upstream.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) destination: Arc<Destination>,
    pub(super) origin: UpstreamOrigin,
    /// Of requests to it.
    pub(super) version: Version,
    in_flight: AtomicUsize,
}

/// A request that a replica has; dropped when its response has ended.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Replica>);

impl Upstream {
    /// `tls` is there if an address needs it.
    pub(super) fn new(
        addresses: &UpstreamAddresses,
        protocol: Protocol,
        connections: &UpstreamConnections,
        tls: Option<&ClientTls>,
    ) -> Result<Self, ProxyError> {
        let replicas = addresses.iter().map(|address| {
            Ok::<_, ProxyError>(Arc::new(Replica {
                destination: Arc::new(Destination::new(
                    endpoint(address, protocol, tls)?,
                    protocol,
                    connections.connections_max,
                    connections
                        .connections_max
                        .saturating_mul(QUEUED_PER_CONNECTION),
                )),
                origin: UpstreamOrigin::of(address)?,
                version: match protocol {
                    Protocol::Http1 => Version::HTTP_11,
                    Protocol::Http2 => Version::HTTP_2,
                },
                in_flight: AtomicUsize::new(0),
            }))
        });
        Ok(Self {
            replicas: replicas.collect::<Result<_, _>>()?,
        })
    }

    /// The replica with the fewest requests; none if there is none.
    pub(super) fn choose(&self) -> Option<InFlight> {
        let load = |replica: &&Arc<Replica>| replica.in_flight.load(Ordering::Relaxed);
        let replica = self.replicas.iter().min_by_key(load)?;
        replica.in_flight.fetch_add(1, Ordering::Relaxed);
        Some(InFlight(Arc::clone(replica)))
    }
}

fn endpoint(
    address: &UpstreamAddress,
    protocol: Protocol,
    tls: Option<&ClientTls>,
) -> Result<Endpoint, ProxyError> {
    Ok(match (address, tls) {
        (UpstreamAddress::Unix(path), _) => Endpoint::Unix(path.clone()),
        (UpstreamAddress::Tcp { host, port, is_tls }, tls) if *is_tls => {
            let tls = tls.ok_or(ProxyError::NoTls)?;
            Endpoint::tls(tls, host.clone(), *port, protocol)?
        }
        (UpstreamAddress::Tcp { host, port, .. }, _) => Endpoint::Tcp {
            host: host.clone(),
            port: *port,
        },
    })
}

impl InFlight {
    pub(super) fn replica(&self) -> &Replica {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
