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
    sync::mpsc,
    task::spawn_local,
    time::timeout,
};

use super::{
    acceptor::Accepted, address_limit::AddressShare, connection, connection_sweep::ConnectionSweep,
    handshake::Handshake, places::Place,
};
use crate::{
    backend::proxy::Forwarders,
    request::{
        application::Application,
        service::{ServedConnection, Service},
    },
    telemetry::metrics::WorkerMetrics,
};

/// At the end of the server, how often to look for connections without a running request that has a good key.
/// The first look leaves a client time for one round trip.
const END_INTERVAL: Duration = Duration::from_millis(200);

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
    _place: Place,
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
    pub(crate) fn start(self, name: String) -> io::Result<JoinHandle<()>> {
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
                self.run(runtime);
            }
        })?;
        started.recv().map_err(io::Error::other)??;
        Ok(thread)
    }

    fn run(self, runtime: LocalRuntime) {
        runtime.block_on(self.serve());
        // A plugin call that never returns must not delay the shutdown.
        runtime.shutdown_background();
    }

    async fn serve(mut self) {
        let (open, mut all_ended) = mpsc::channel(1);
        let sweep = Rc::new(ConnectionSweep::default());
        let forwarders = Rc::new(Forwarders::new(Arc::clone(&self.counters), random()));
        while let Some(accepted) = self.connections.recv().await {
            if let Err(error) = self.serve_connection(accepted, open.clone(), &sweep, &forwarders) {
                tracing::warn!("a connection cannot be served: {error}");
            }
        }
        drop(open);
        sweep.finish_all();
        let ended = async {
            while timeout(END_INTERVAL, all_ended.recv()).await.is_err() {
                sweep.abort_unpermitted();
            }
        };
        if timeout(self.shutdown_timeout, ended).await.is_err() {
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
        sweep: &Rc<ConnectionSweep>,
        forwarders: &Rc<Forwarders>,
    ) -> io::Result<()> {
        let scheme = accepted.scheme();
        let stream = TcpStream::from_std(accepted.stream)?;
        // Responses are sent without delay; if this fails, they are only slower.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(accepted.place.state());
        sweep.watch(Arc::clone(&state));
        let held = Open {
            _place: accepted.place,
            _share: accepted.share,
            _connection: open,
        };
        let service = Rc::new(Service::new(
            Arc::clone(&self.application),
            Arc::clone(&self.counters),
            ServedConnection {
                roles: accepted.roles,
                listener: accepted.listener,
                scheme,
                peer: accepted.peer,
                state: Arc::clone(&state),
            },
            Rc::clone(forwarders),
        ));
        let service = service_fn(move |request| Rc::clone(&service).accept(request));
        let generation = self.application.generations.current();
        let header_bytes_max = generation.settings.config.clients.header_bytes_max;
        drop(generation);
        // Two tasks, so that a connection without TLS does not take the memory of one with it.
        match accepted.tls {
            None => spawn_local(connection::serve(
                stream,
                held,
                service,
                state,
                header_bytes_max,
            )),
            Some(tls) => {
                let handshake = Handshake {
                    tls,
                    listener: accepted.listener,
                    metrics: Arc::clone(&self.application.metrics),
                };
                let serving = connection::serve_encrypted(
                    stream,
                    handshake,
                    held,
                    service,
                    state,
                    header_bytes_max,
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
