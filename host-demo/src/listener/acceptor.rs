//! One thread accepts, and distributes the connections to the serving threads in turn.
//!
//! If every serving thread accepted for itself, the one that wakes first would take most
//! connections while another may idle. A socket for each thread (`SO_REUSEPORT`) would let a second
//! server bind the same port unnoticed.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    net::TcpListener,
    runtime::Builder,
    sync::{mpsc, watch},
    task::JoinSet,
    time::sleep,
};

use super::{
    address_limit::{AddressLimit, AddressShare, TooManyConnections},
    places::{Place, Places},
    proxy_protocol::{self, ProxyHeaderError},
};
use crate::{
    config::{Roles, Scheme},
    http::connection_limits::ConnectionLimits,
    request::application::Application,
    telemetry::{
        error_chain::error_chain,
        metrics::{Limit, ListenerId},
    },
    tls::server::ServerTls,
};

/// How long to pause accepting when the process is out of file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// A bound socket and what is served on it.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) listener: std::net::TcpListener,
    pub(crate) roles: Roles,
    /// Whether it is there for gRPC clients alone.
    pub(crate) is_grpc: bool,
    /// Where its address is `https://`.
    pub(crate) tls: Option<Arc<ServerTls>>,
}

impl Socket {
    pub(crate) const fn scheme(&self) -> Scheme {
        scheme(self.tls.as_ref())
    }
}

/// A connection that is not yet served.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: std::net::TcpStream,
    pub(crate) peer: SocketAddr,
    /// What is served on the socket of the connection.
    pub(crate) roles: Roles,
    /// What its handshake is made with, which is not made yet; none on a socket without TLS.
    pub(crate) tls: Option<Arc<ServerTls>>,
    /// The number of that socket.
    pub(crate) listener: ListenerId,
    /// Held for as long as the connection lasts.
    pub(crate) place: Place,
    /// Held for as long as well, where connections are limited by address.
    pub(super) share: Option<AddressShare>,
}

impl Accepted {
    pub(crate) const fn scheme(&self) -> Scheme {
        scheme(self.tls.as_ref())
    }
}

const fn scheme(tls: Option<&Arc<ServerTls>>) -> Scheme {
    match tls {
        Some(_) => Scheme::Https,
        None => Scheme::Http,
    }
}

/// The serving threads, each waiting for connections.
#[derive(Debug)]
pub(crate) struct RoundRobin {
    workers: Vec<mpsc::UnboundedSender<Accepted>>,
    next: AtomicUsize,
}

impl RoundRobin {
    pub(crate) const fn new(workers: Vec<mpsc::UnboundedSender<Accepted>>) -> Self {
        Self {
            workers,
            next: AtomicUsize::new(0),
        }
    }

    fn assign(&self, accepted: Accepted) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let worker = self.workers.get(turn % self.workers.len().max(1));
        if let Some(worker) = worker {
            // If the serving thread has ended, the connection is closed, as at shutdown.
            let _ = worker.send(accepted);
        }
    }
}

/// Which connections are served, and for whom.
#[derive(Debug)]
pub(crate) struct AcceptRules {
    /// Knows the proxies that are trusted at the moment.
    pub(crate) application: Arc<Application>,
    /// Whether their connections begin with a PROXY header.
    pub(crate) proxy_protocol: bool,
    /// On each socket; more may be waiting.
    pub(crate) connections_max: usize,
    /// None for no limit.
    pub(crate) connections_per_address_max: Option<NonZeroUsize>,
    pub(crate) limits: Arc<ConnectionLimits>,
}

/// From an accepted connection to its serving thread.
#[derive(Debug)]
struct Distribution {
    round_robin: RoundRobin,
    application: Arc<Application>,
    /// Whether connections of trusted proxies begin with a PROXY header.
    proxy_protocol: bool,
    addresses: Option<Arc<AddressLimit>>,
    limits: Arc<ConnectionLimits>,
}

/// Starts the thread that accepts from all sockets until the server is stopped. It then drops the
/// channels to the serving threads.
///
/// # Errors
/// The thread or its event loop cannot be started.
pub(crate) fn start(
    sockets: Vec<(ListenerId, Socket)>,
    round_robin: RoundRobin,
    rules: AcceptRules,
    stopped: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let accepting = thread::Builder::new().name("accept".to_owned());
    let connections_max = rules.connections_max;
    let distribution = Arc::new(Distribution::new(round_robin, rules));
    accepting.spawn(move || {
        runtime.block_on(run(sockets, connections_max, distribution, stopped));
    })
}

async fn run(
    sockets: Vec<(ListenerId, Socket)>,
    connections_max: usize,
    distribution: Arc<Distribution>,
    stopped: watch::Receiver<bool>,
) {
    let mut accepting = JoinSet::new();
    for (id, socket) in sockets {
        accepting.spawn(accept(
            id,
            socket,
            connections_max,
            Arc::clone(&distribution),
            stopped.clone(),
        ));
    }
    drop(distribution);
    accepting.join_all().await;
}

async fn accept(
    id: ListenerId,
    Socket {
        listener,
        roles,
        tls,
        ..
    }: Socket,
    connections_max: usize,
    distribution: Arc<Distribution>,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("connections cannot be accepted: {error}");
            return;
        }
    };
    let limits = Arc::clone(&distribution.limits);
    let places = Arc::new(Places::new(connections_max, limits));
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => return,
            accepted = next(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => distribution.distribute(Accepted {
                stream,
                peer,
                roles,
                tls: tls.clone(),
                listener: id,
                place,
                share: None,
            }),
            Err(error) => {
                tracing::warn!("a connection was not accepted: {error}");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

impl Distribution {
    fn new(round_robin: RoundRobin, rules: AcceptRules) -> Self {
        let AcceptRules {
            application,
            proxy_protocol,
            connections_per_address_max,
            limits,
            ..
        } = rules;
        Self {
            round_robin,
            application,
            proxy_protocol,
            addresses: connections_per_address_max.map(|max| Arc::new(AddressLimit::new(max))),
            limits,
        }
    }

    fn distribute(self: &Arc<Self>, accepted: Accepted) {
        if self.proxy_protocol && self.is_trusted(accepted.peer.ip()) {
            tokio::spawn(Arc::clone(self).assign_for_client(accepted));
        } else {
            self.assign(accepted);
        }
    }

    fn is_trusted(&self, peer: IpAddr) -> bool {
        let generation = self.application.generations.current();
        generation.settings.config.trusted_proxies.contains(peer)
    }

    /// Gives a connection to a serving thread. One more than its client may have is closed.
    fn assign(&self, mut accepted: Accepted) {
        let peer = accepted.peer.ip();
        // Connections of a proxy are those of many clients.
        let limit = self.addresses.as_ref().filter(|_| !self.is_trusted(peer));
        let share = limit.map(|limit| limit.enter(peer));
        match share.transpose() {
            Ok(share) => {
                accepted.share = share;
                self.round_robin.assign(accepted);
            }
            Err(TooManyConnections) => {
                self.limits
                    .metrics
                    .count_limit(Limit::ConnectionsPerAddress);
                tracing::debug!(
                    "{peer} has connections_per_address_max connections; one more was closed"
                );
            }
        }
    }

    /// Reads the PROXY header of a connection before it is served. A bad one closes the connection.
    /// At shutdown the task ends with the thread.
    async fn assign_for_client(self: Arc<Self>, mut accepted: Accepted) {
        let state = Arc::clone(accepted.place.state());
        let time_max = self.limits.values.header_timeout;
        let read = tokio::select! {
            () = state.closed() => return,
            read = proxy_protocol::client_of(accepted.stream, time_max) => read,
        };
        match read {
            Ok((stream, client)) => {
                accepted.stream = stream;
                accepted.peer = client.unwrap_or(accepted.peer);
                self.assign(accepted);
            }
            Err(error) => {
                if matches!(error, ProxyHeaderError::Timeout { .. }) {
                    self.limits.metrics.count_limit(Limit::HeaderTimeout);
                } else {
                    self.limits.metrics.count_refused_proxy_header();
                }
                let error = error_chain(&error);
                tracing::debug!("a connection of {} was closed: {error}", accepted.peer);
            }
        }
    }
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Places>,
) -> io::Result<(std::net::TcpStream, SocketAddr, Place)> {
    let (stream, peer) = listener.accept().await?;
    let place = places.take().await?;
    Ok((stream.into_std()?, peer, place))
}
