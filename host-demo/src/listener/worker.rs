//! One serving thread: a connection stays with it to the end.

use std::{io, sync::Arc, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    net::TcpStream,
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
    time::timeout,
};

use super::{acceptor::Accepted, connection};
use crate::{
    request::{application::Application, service::Service},
    telemetry::metrics::WorkerMetrics,
};

/// What a serving thread is started with.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) application: Arc<Application>,
    pub(crate) counters: Arc<WorkerMetrics>,
    pub(crate) connections: mpsc::UnboundedReceiver<Accepted>,
    pub(crate) shutdown_timeout: Duration,
}

/// The event loop of a thread.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .thread_name("blocking")
        .build()
}

impl Worker {
    /// Serves until nothing more comes, then lets running requests end.
    pub(crate) fn run(self, runtime: Runtime, stopped: &watch::Receiver<bool>) {
        runtime.block_on(self.serve(stopped));
        // A plugin call that never returns must not hold up the end.
        runtime.shutdown_background();
    }

    async fn serve(mut self, stopped: &watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        while let Some(accepted) = self.connections.recv().await {
            let Accepted {
                stream,
                peer,
                roles,
                listener,
                slot,
            } = accepted;
            let stream = match TcpStream::from_std(stream) {
                Ok(stream) => stream,
                Err(error) => {
                    tracing::warn!("a connection cannot be served: {error}");
                    continue;
                }
            };
            let (application, counters) =
                (Arc::clone(&self.application), Arc::clone(&self.counters));
            let service = Service::new(application, counters, roles, listener, peer);
            let serving = connection::serve(stream, service, graceful.watcher(), stopped.clone());
            tokio::spawn(async move {
                serving.await;
                drop(slot);
            });
        }
        if timeout(self.shutdown_timeout, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                "requests were still running after shutdown_timeout_sec={}, and are cut off",
                self.shutdown_timeout.as_secs()
            );
        }
    }
}
