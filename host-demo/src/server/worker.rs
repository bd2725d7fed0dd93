//! One serving thread: it accepts from every socket, and a connection stays with it to the end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Socket, connection};
use crate::{application::Application, metrics::WorkerMetrics, service::Service};

/// How many connections one socket may have on one serving thread; more wait to be accepted.
const CONNECTIONS_MAX: usize = 4096;

/// How long accepting rests when the process is out of file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// What a serving thread is started with.
pub(super) struct Worker {
    pub(super) application: Arc<Application>,
    pub(super) counters: Arc<WorkerMetrics>,
    pub(super) sockets: Vec<Socket>,
    pub(super) shutdown_timeout: Duration,
}

/// The event loop of a serving thread.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .thread_name("blocking")
        .build()
}

impl Worker {
    /// Serves until it is told to stop, then lets running requests end.
    pub(super) fn run(self, runtime: Runtime, stopped: watch::Receiver<bool>) {
        runtime.block_on(self.serve(stopped));
        // A plugin call that never returns must not hold up the end.
        runtime.shutdown_background();
    }

    async fn serve(self, stopped: watch::Receiver<bool>) {
        let mut sockets = JoinSet::new();
        for (number, Socket { listener, roles }) in self.sockets.into_iter().enumerate() {
            let (application, counters) =
                (Arc::clone(&self.application), Arc::clone(&self.counters));
            let service = move |peer| {
                let (application, counters) = (Arc::clone(&application), Arc::clone(&counters));
                Service::new(application, counters, roles, number, peer)
            };
            match TcpListener::from_std(listener) {
                Ok(listener) => sockets.spawn(accept(
                    listener,
                    service,
                    stopped.clone(),
                    self.shutdown_timeout,
                )),
                Err(error) => {
                    tracing::error!("a serving thread cannot accept: {error}");
                    return;
                }
            };
        }
        sockets.join_all().await;
    }
}

/// Accepts until the server is stopped, then lets running requests end.
async fn accept(
    listener: TcpListener,
    service: impl Fn(SocketAddr) -> Service,
    mut stopped: watch::Receiver<bool>,
    shutdown_timeout: Duration,
) {
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|&stopped| stopped) => break,
            accepted = next(&listener, &connections) => accepted,
        };
        match accepted {
            Ok(Accepted {
                stream,
                peer,
                place,
            }) => {
                let serving =
                    connection::serve(stream, service(peer), graceful.watcher(), stopped.clone());
                tokio::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("a connection was not accepted: {error}");
                sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
    drop(listener);
    if timeout(shutdown_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "requests were still running after shutdown_timeout_sec={}, and are cut off",
            shutdown_timeout.as_secs()
        );
    }
}

struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
}

async fn next(listener: &TcpListener, connections: &Arc<Semaphore>) -> io::Result<Accepted> {
    let place = Arc::clone(connections)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok(Accepted {
        stream,
        peer,
        place,
    })
}
