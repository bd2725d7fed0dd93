//! One serving thread. A connection is served by one thread from accept to close.

use std::{
    convert::Infallible,
    io,
    rc::Rc,
    sync::{Arc, mpsc::sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use hyper::service::service_fn;
use tokio::{
    net::TcpStream,
    runtime::{Builder, LocalOptions, LocalRuntime},
    sync::{OwnedSemaphorePermit, mpsc, watch},
    task::spawn_local,
    time::timeout,
};

use super::{
    acceptor::Accepted,
    address_limit::AddressShare,
    connection::{self, HeadLimit},
    handshake::Handshake,
};
use crate::{
    backend::proxy::Forwarder,
    request::{application::Application, service::Service},
    telemetry::metrics::WorkerMetrics,
};

/// The arguments of a serving thread.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) application: Arc<Application>,
    pub(crate) counters: Arc<WorkerMetrics>,
    pub(crate) connections: mpsc::UnboundedReceiver<Accepted>,
    pub(crate) shutdown_timeout: Duration,
}

/// What a connection holds until it is closed.
#[derive(Debug)]
struct Open {
    _slot: OwnedSemaphorePermit,
    _share: Option<AddressShare>,
    /// The thread waits for all of these when it ends.
    _connection: mpsc::Sender<Infallible>,
}

impl Worker {
    /// Starts the thread, which serves until no more connections come and then lets running
    /// requests end.
    ///
    /// # Errors
    /// The thread or its event loop cannot be started.
    pub(crate) fn start(
        self,
        name: String,
        stopped: watch::Receiver<bool>,
    ) -> io::Result<JoinHandle<()>> {
        let (sender, started) = sync_channel(1);
        let thread = thread::Builder::new().name(name).spawn(move || {
            // The event loop cannot leave the thread that makes it.
            let (runtime, outcome) = match runtime() {
                Ok(runtime) => (Some(runtime), Ok(())),
                Err(error) => (None, Err(error)),
            };
            // The thread that called `start` waits for this.
            let _ = sender.send(outcome);
            if let Some(runtime) = runtime {
                self.run(runtime, &stopped);
            }
        })?;
        started.recv().map_err(io::Error::other)??;
        Ok(thread)
    }

    fn run(self, runtime: LocalRuntime, stopped: &watch::Receiver<bool>) {
        runtime.block_on(self.serve(stopped));
        // A plugin call that never returns must not delay the shutdown.
        runtime.shutdown_background();
    }

    async fn serve(mut self, stopped: &watch::Receiver<bool>) {
        let (open, mut all_ended) = mpsc::channel(1);
        let proxy = self.application.backends.proxy.as_ref();
        let forwarder = proxy.map(|proxy| {
            let counters = Arc::clone(&self.counters);
            Rc::new(Forwarder::new(Arc::clone(proxy), counters, random()))
        });
        while let Some(accepted) = self.connections.recv().await {
            if let Err(error) =
                self.serve_connection(accepted, open.clone(), stopped.clone(), forwarder.clone())
            {
                tracing::warn!("a connection cannot be served: {error}");
            }
        }
        drop(open);
        if timeout(self.shutdown_timeout, all_ended.recv())
            .await
            .is_err()
        {
            tracing::warn!(
                "requests were still running after shutdown_timeout_sec={}, and are cut off",
                self.shutdown_timeout.as_secs()
            );
        }
    }

    fn serve_connection(
        &self,
        accepted: Accepted,
        open: mpsc::Sender<Infallible>,
        stopped: watch::Receiver<bool>,
        forwarder: Option<Rc<Forwarder>>,
    ) -> io::Result<()> {
        let scheme = accepted.scheme();
        let stream = TcpStream::from_std(accepted.stream)?;
        // Responses are sent without delay; if this fails, they are only slower.
        let _ = stream.set_nodelay(true);
        let held = Open {
            _slot: accepted.slot,
            _share: accepted.share,
            _connection: open,
        };
        let service = Rc::new(Service::new(
            Arc::clone(&self.application),
            Arc::clone(&self.counters),
            accepted.roles,
            accepted.listener,
            scheme,
            accepted.peer,
            forwarder,
        ));
        let service = service_fn(move |request| Rc::clone(&service).respond(request));
        let generation = self.application.generations.current();
        let head_limit = HeadLimit {
            bytes_max: generation.settings.config.clients.header_bytes_max,
            metrics: Arc::clone(&self.application.metrics),
        };
        // Two tasks, so that a connection without TLS does not take the memory of one with it.
        match accepted.tls {
            None => spawn_local(connection::serve(
                stream, held, service, head_limit, stopped,
            )),
            Some(tls) => {
                let handshake = Handshake {
                    tls,
                    listener: accepted.listener,
                    metrics: Arc::clone(&self.application.metrics),
                };
                let serving = connection::serve_encrypted(
                    stream, handshake, held, service, head_limit, stopped,
                );
                spawn_local(serving)
            }
        };
        Ok(())
    }
}

/// Tells the requests of this thread from those of others; nothing depends on its secrecy.
fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}

/// The event loop of a serving thread.
fn runtime() -> io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .thread_name("blocking")
        .build_local(LocalOptions::default())
}
