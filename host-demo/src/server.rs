//! The composition: what a server consists of, how it starts, and how it ends.

use std::{
    io,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, watch};

pub use self::{
    bind_error::BindError,
    port_holder::PortHolder,
    running::{PluginsHandle, ReloadHandle, Running, ShutdownError},
    start_control::{Interrupted, StartControl},
    startup::StartError,
    token_check::TokenCheck,
};
use self::{
    composition::Parts,
    sockets::{BoundSocket, bind},
    startup::{StartupPlan, processors},
    threads::Threads,
};
use crate::{
    blocking::BlockingThreads,
    config::{Config, ConfigSource, Listener},
    generations::{ConfigFollowers, FolderWatch, Generations, ReloadScope},
    http::connection_limits::ConnectionLimits,
    listener::{
        acceptor::{self, AcceptRules, RoundRobin, Socket},
        descriptors,
        worker::Worker,
    },
    request::application::Application,
    telemetry::{
        LogHandles,
        metrics::{ListenerId, Metrics},
    },
    tls::certificates::Certificates,
};

mod bind_error;
mod composition;
#[cfg(fuzzing)]
pub mod fuzzing;
mod memory_limit;
mod port_holder;
mod running;
mod sockets;
mod start_control;
mod startup;
mod threads;
mod token_check;

/// A server whose sockets are bound and whose keys are written: it only has to listen.
#[derive(Debug)]
pub struct Server {
    application: Arc<Application>,
    sockets: Vec<BoundSocket>,
    /// Whether connections of trusted proxies begin with a PROXY header.
    proxy_protocol: bool,
    connections_per_address_max: Option<NonZeroUsize>,
    limits: Arc<ConnectionLimits>,
    shutdown_timeout: Duration,
    watch: Option<FolderWatch>,
    reload_threads: BlockingThreads,
}

impl Server {
    /// Opens plugins and models, binds the sockets, and last lets the token plugin write its keys: a
    /// startup that fails leaves no key file, and nobody can connect before the keys are there.
    /// A reload reads the configuration from `source` again.
    ///
    /// # Errors
    /// The first thing that aborts the startup.
    pub fn start(
        config: &Config,
        source: ConfigSource,
        logs: &LogHandles,
        control: &StartControl,
    ) -> Result<Self, StartError> {
        let threads = config
            .worker_threads
            .map_or_else(processors, NonZeroUsize::get);
        // And one that accepts, and one that probes upstreams.
        descriptors::check(config.listeners.sockets().len(), threads.saturating_add(2))?;
        let StartupPlan {
            first,
            builder,
            models,
            tls,
            watch,
        } = StartupPlan::new(config, control)?;
        let sockets = bind(config, tls.as_ref())?;
        let Threads {
            reload: reload_threads,
            request: request_threads,
        } = Threads::start()?;
        control.begin_keys()?;
        let first = first.generate_keys()?;
        let names = config.listeners.sockets();
        let names = names.iter().map(Listener::label).collect();
        let mut metrics = Metrics::new(names, threads);
        metrics.show_dropped_lines(logs.named());
        let body_budgets = composition::body_budgets(config);
        metrics.show_buffered_bytes(Arc::new(body_budgets.all.clone()));
        let metrics = Arc::new(metrics);
        let certificates =
            Certificates::new(tls, &encrypted(&metrics, &sockets), Arc::clone(&metrics));
        let followers = ConfigFollowers {
            certificates,
            log_level: logs.level(),
            inference_bodies: body_budgets.inference.clone(),
        };
        let limits = composition::connection_limits(config, Arc::clone(&metrics));
        let parts = Parts {
            generations: Generations::new(
                builder,
                source,
                first,
                followers,
                Arc::clone(&metrics),
                reload_threads.clone(),
            ),
            models,
            threads: request_threads,
            metrics,
            access_log: logs.access_log(),
            body_budgets,
        };
        let application = composition::application(config, parts);
        let shutdown_timeout = config.shutdown_timeout;
        Ok(Self {
            application: Arc::new(application),
            sockets,
            proxy_protocol: config.proxy_protocol,
            connections_per_address_max: config.clients.connections_per_address_max,
            limits: Arc::new(limits),
            shutdown_timeout,
            watch,
            reload_threads,
        })
    }

    /// Does all that [`start`](Self::start) does before it binds sockets: opens plugins and models, and
    /// closes them again. Writes no key file.
    ///
    /// # Errors
    /// The first thing that would abort the startup.
    pub fn verify_startup(config: &Config) -> Result<(), StartError> {
        StartupPlan::new(config, &StartControl::default()).map(drop)
    }

    /// Listens, and accepts connections on separate threads.
    ///
    /// # Errors
    /// A thread cannot be started, or another process listens on an address by now. The plugins are shut down then.
    pub fn serve(self) -> Result<Running, StartError> {
        let generations = Arc::clone(&self.application.generations);
        let until = Instant::now() + self.shutdown_timeout;
        let running = self.run();
        if running.is_err() {
            // Threads that did start hold references to the plugins, and may outlive this call.
            generations.close(until);
        }
        running
    }

    fn run(self) -> Result<Running, StartError> {
        let (stop, stopped) = watch::channel(false);
        let (mut threads, mut workers) = (Vec::new(), Vec::new());
        let metrics = &self.application.metrics;
        for (number, counters) in metrics.workers().iter().enumerate() {
            let (sender, connections) = mpsc::unbounded_channel();
            workers.push(sender);
            let worker = Worker {
                application: Arc::clone(&self.application),
                counters: Arc::clone(counters),
                connections,
                shutdown_timeout: self.shutdown_timeout,
            };
            let thread = worker.start(format!("http-{number}"));
            threads.push(thread.map_err(StartError::Thread)?);
        }
        let generations = Arc::clone(&self.application.generations);
        if let Some(proxy) = &generations.current().settings.proxy {
            proxy.start_probes()?;
        }
        let rules = AcceptRules {
            application: Arc::clone(&self.application),
            proxy_protocol: self.proxy_protocol,
            connections_max: descriptors::connections_max(self.sockets.len())?,
            connections_per_address_max: self.connections_per_address_max,
            limits: self.limits,
        };
        let sockets = self.sockets.into_iter().map(BoundSocket::listen);
        let sockets = sockets.collect::<Result<Vec<_>, _>>()?;
        for socket in &sockets {
            announce(socket).map_err(StartError::Thread)?;
        }
        let ids = metrics.listeners().iter().copied();
        let sockets: Vec<_> = ids.zip(sockets).collect();
        let thread = acceptor::start(sockets, RoundRobin::new(workers), rules, stopped);
        threads.push(thread.map_err(StartError::Thread)?);
        let reload = Arc::clone(&generations);
        let watch = self.watch;
        let reload = move || reload.reload_once(ReloadScope::Plugins);
        let watch = watch.map(|watch| watch.start(reload));
        let watch = watch.transpose().map_err(StartError::Thread)?;
        tracing::info!("Ready");
        Ok(Running {
            generations,
            threads,
            stop,
            watch,
            shutdown_timeout: self.shutdown_timeout,
            reload_threads: self.reload_threads,
        })
    }
}

/// The listeners with TLS.
fn encrypted(metrics: &Metrics, sockets: &[BoundSocket]) -> Vec<ListenerId> {
    let ids = metrics.listeners().iter().zip(sockets);
    let encrypted = ids.filter(|(_, bound)| bound.socket.tls.is_some());
    encrypted.map(|(id, _)| *id).collect()
}

fn announce(socket: &Socket) -> io::Result<()> {
    let address = socket.listener.local_addr()?;
    let scheme = socket.scheme().as_str();
    for (_, api) in socket.roles.apis() {
        let clients = if socket.is_grpc { " (gRPC)" } else { "" };
        tracing::info!("{api} API{clients} listens on {scheme}://{address}");
    }
    Ok(())
}
