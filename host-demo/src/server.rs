//! The server: sockets, serving threads, and their end.

use std::{
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use self::startup::{Prepared, processors};
pub use self::{startup::StartError, token_check::TokenCheck};
use crate::{
    backend::models::ModelApi,
    config::{Config, Roles, TokenAuthorization},
    generations::{
        reload::Reloader,
        watch::{FolderWatch, Watching},
    },
    listener::{
        acceptor::{self, RoundRobin, Socket},
        worker::Worker,
    },
    plugins::{Loader, ServerContext},
    policy::Authorizer,
    request::application::{Application, Generation},
    telemetry::{AccessLog, metrics::Metrics},
};

pub(crate) mod startup;
mod token_check;

/// A server whose sockets are bound and whose keys are written: it only has to accept.
#[derive(Debug)]
pub struct Server {
    application: Arc<Application>,
    sockets: Vec<Socket>,
    shutdown_timeout: Duration,
    watch: Option<FolderWatch>,
}

impl Server {
    /// Opens plugins and models, binds the sockets, and last lets the token plugin write its keys: a
    /// start that fails leaves no key file, and no connection is accepted before the keys are there.
    ///
    /// # Errors
    /// The first thing that stops the start.
    pub fn start(config: &Config, access_log: AccessLog) -> Result<Self, StartError> {
        let Prepared {
            loader,
            plugins,
            models,
            watch,
        } = Prepared::new(config)?;
        let sockets = bind(config)?;
        if let Some(plugin) = plugins.token_plugin() {
            plugin.generate_keys().map_err(startup::failed(&plugins))?;
        }
        let threads = config
            .worker_threads
            .map_or_else(processors, NonZeroUsize::get);
        let names = sockets.iter().map(|socket| name_of(socket.roles)).collect();
        let metrics = Arc::new(Metrics::new(names, threads));
        let exempt_paths = config.token.exempt_paths.clone();
        let authorizer = Authorizer::new(plugins.token_plugin().cloned(), exempt_paths.clone());
        let expiration_min = config.token.expiration.minutes();
        metrics.set_generation(1, Loader::libraries_left(&plugins));
        let context = ServerContext::new(loader.settings(), Arc::clone(&models));
        let application = Application {
            generation: ArcSwap::from_pointee(Generation {
                number: 1,
                plugins,
                authorizer,
            }),
            rotations: Arc::default(),
            reloader: Reloader::new(
                loader,
                expiration_min,
                exempt_paths,
                // Who demands a token plugin at the start demands one at a reload.
                config.token.allow_open_reload
                    && config.token.authorization != TokenAuthorization::Require,
            ),
            backend: ModelApi::new(
                models,
                Arc::clone(&metrics),
                config.max_request_size_bytes,
                config
                    .default_workers_per_model
                    .map_or(0, NonZeroUsize::get),
            ),
            context,
            metrics,
            access_log,
            token_status: config.token.status,
            max_request_size_bytes: config.max_request_size_bytes,
        };
        let shutdown_timeout = config.shutdown_timeout;
        Ok(Self {
            application: Arc::new(application),
            sockets,
            shutdown_timeout,
            watch,
        })
    }

    /// Verifies all that a start would, short of sockets and keys.
    ///
    /// # Errors
    /// The first thing that would stop the start.
    pub fn check(config: &Config) -> Result<(), StartError> {
        Prepared::new(config).map(drop)
    }

    /// Accepts connections on threads of its own.
    ///
    /// # Errors
    /// A thread cannot be started. The plugins are told of the end then.
    pub fn serve(self) -> Result<Running, StartError> {
        let application = Arc::clone(&self.application);
        let running = self.run();
        if running.is_err() {
            // Threads that did start hold the plugins, and end too late to tell them.
            application.shutdown();
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
            let thread = worker.start(format!("http-{number}"), stopped.clone());
            threads.push(thread.map_err(StartError::Thread)?);
        }
        for socket in &self.sockets {
            announce(socket).map_err(StartError::Thread)?;
        }
        let ids = metrics.listeners().iter().copied();
        let sockets: Vec<_> = ids.zip(self.sockets).collect();
        let thread = acceptor::start(sockets, RoundRobin::new(workers), stopped);
        threads.push(thread.map_err(StartError::Thread)?);
        let reload = ReloadHandle(Arc::clone(&self.application));
        let watching = self.watch.map(|watch| watch.reload(reload));
        let watching = watching.transpose().map_err(StartError::Thread)?;
        tracing::info!("Ready");
        Ok(Running {
            application: self.application,
            threads,
            stop,
            watching,
        })
    }
}

/// A server that accepts.
#[derive(Debug)]
pub struct Running {
    application: Arc<Application>,
    threads: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    /// Where the owner wants it.
    watching: Option<Watching>,
}

impl Running {
    /// A handle that tells the plugins of the end without waiting for running requests.
    #[must_use]
    pub fn plugins(&self) -> PluginsHandle {
        PluginsHandle(Arc::clone(&self.application))
    }

    /// A handle that puts new plugins in place of the old ones.
    #[must_use]
    pub fn reload_handle(&self) -> ReloadHandle {
        ReloadHandle(Arc::clone(&self.application))
    }

    /// Stops accepting, lets running requests end for at most `shutdown_timeout_sec`, and tells the
    /// plugins. Blocks until all that is done.
    pub fn shutdown(self) {
        // The serving threads are gone if nobody listens any more, which is what is wanted.
        let _ = self.stop.send(true);
        drop(self.watching);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a serving thread panicked");
            }
        }
        self.application.shutdown();
    }
}

/// Reaches the plugins of a running server.
#[derive(Clone, Debug)]
pub struct PluginsHandle(Arc<Application>);

impl PluginsHandle {
    /// Tells every plugin that serves that the server shuts down, unless they were told already,
    /// and waits for no reload that runs.
    pub fn shutdown_at_once(&self) {
        self.0.generation.load_full().plugins.shutdown();
        self.0.shutdown();
    }
}

/// Reloads the plugins of a running server.
#[derive(Clone, Debug)]
pub struct ReloadHandle(Arc<Application>);

impl ReloadHandle {
    /// Reads the plugins folder again; the log says what came of it. Blocks, but for a caller who comes
    /// while another one waits: one reload is enough for both.
    pub fn reload(&self) {
        if self.0.reloader.is_wanted() {
            // What went wrong is in the log.
            let _ = self.0.reload();
        }
    }
}

fn bind(config: &Config) -> Result<Vec<Socket>, StartError> {
    let sockets = config.listeners.sockets().into_iter();
    sockets
        .map(|socket| {
            let address = socket.address.socket_address();
            let listener = listen(address).map_err(|source| StartError::Bind {
                api: name_of(socket.roles),
                address,
                source,
            })?;
            Ok(Socket {
                listener,
                roles: socket.roles,
            })
        })
        .collect()
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn announce(socket: &Socket) -> std::io::Result<()> {
    let address = socket.listener.local_addr()?;
    for (_, api) in apis(socket.roles) {
        tracing::info!("{api} API listens on http://{address}");
    }
    Ok(())
}

/// The label of a listener in the metrics, such as `inference` or `inference+management`.
fn name_of(roles: Roles) -> String {
    apis(roles)
        .into_iter()
        .map(|(label, _)| label)
        .collect::<Vec<_>>()
        .join("+")
}

/// Label and name of each API that is served.
fn apis(roles: Roles) -> Vec<(&'static str, &'static str)> {
    let all = [
        (roles.inference, ("inference", "Inference")),
        (roles.management, ("management", "Management")),
        (roles.metrics, ("metrics", "Metrics")),
    ];
    all.into_iter()
        .filter(|(served, _)| *served)
        .map(|(_, names)| names)
        .collect()
}
