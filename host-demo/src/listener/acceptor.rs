//! One thread accepts, and distributes the connections to the serving threads in turn.
//!
//! If every serving thread accepted for itself, the one that wakes first would take most
//! connections while another may idle. A socket for each thread (`SO_REUSEPORT`) would let a second
//! server bind the same port unnoticed.

use std::{
    io,
    net::SocketAddr,
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
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::JoinSet,
    time::sleep,
};

use super::{descriptors, proxy_protocol};
use crate::{
    config::{Roles, Scheme, TrustedProxies},
    telemetry::{error_chain::error_chain, metrics::ListenerId},
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
    pub(crate) slot: OwnedSemaphorePermit,
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
        // If the serving thread has ended, the connection is closed, as at shutdown.
        let _ = worker.map(|worker| worker.send(accepted));
    }
}

/// Starts the thread that accepts from all sockets until the server is stopped. It then drops the
/// channels to the serving threads. Connections of `proxies` begin with a PROXY header.
///
/// # Errors
/// The thread or its event loop cannot be started.
pub(crate) fn start(
    sockets: Vec<(ListenerId, Socket)>,
    round_robin: RoundRobin,
    proxies: Option<TrustedProxies>,
    stopped: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let accepting = thread::Builder::new().name("accept".to_owned());
    accepting.spawn(move || runtime.block_on(run(sockets, round_robin, proxies, stopped)))
}

async fn run(
    sockets: Vec<(ListenerId, Socket)>,
    round_robin: RoundRobin,
    proxies: Option<TrustedProxies>,
    stopped: watch::Receiver<bool>,
) {
    let round_robin = Arc::new(round_robin);
    let proxies = proxies.map(Arc::new);
    let mut accepting = JoinSet::new();
    // More connections may be waiting.
    let connections_max = descriptors::connections_max(sockets.len());
    for (id, socket) in sockets {
        accepting.spawn(accept(
            id,
            socket,
            connections_max,
            Arc::clone(&round_robin),
            proxies.clone(),
            stopped.clone(),
        ));
    }
    drop(round_robin);
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
    round_robin: Arc<RoundRobin>,
    proxies: Option<Arc<TrustedProxies>>,
    mut stopped: watch::Receiver<bool>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("connections cannot be accepted: {error}");
            return;
        }
    };
    let connections = Arc::new(Semaphore::new(connections_max));
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => return,
            accepted = next(&listener, &connections) => accepted,
        };
        match accepted {
            Ok((stream, peer, slot)) => {
                let accepted = Accepted {
                    stream,
                    peer,
                    roles,
                    tls: tls.clone(),
                    listener: id,
                    slot,
                };
                let is_proxy = |proxies: &Arc<TrustedProxies>| proxies.contains(peer.ip());
                if proxies.as_ref().is_some_and(is_proxy) {
                    tokio::spawn(assign_for_client(accepted, Arc::clone(&round_robin)));
                } else {
                    round_robin.assign(accepted);
                }
            }
            Err(error) => {
                tracing::warn!("a connection was not accepted: {error}");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

/// Reads the PROXY header of a connection before it is served. A bad one closes the connection. At
/// shutdown the task ends with the thread.
async fn assign_for_client(mut accepted: Accepted, round_robin: Arc<RoundRobin>) {
    match proxy_protocol::client_of(accepted.stream).await {
        Ok((stream, client)) => {
            accepted.stream = stream;
            accepted.peer = client.unwrap_or(accepted.peer);
            round_robin.assign(accepted);
        }
        Err(error) => {
            let error = error_chain(&error);
            tracing::debug!("a connection of {} was closed: {error}", accepted.peer);
        }
    }
}

async fn next(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(std::net::TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream.into_std()?, peer, slot))
}
