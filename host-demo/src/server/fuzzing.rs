//! A server without sockets and without files for the fuzz targets: a stream of bytes in memory is a connection.

use std::{
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    rc::Rc,
    sync::Arc,
};

use hyper::service::service_fn;
use plugin_api::{Host, Plugin, PluginError};
use tokio::{io::DuplexStream, time::Instant};

use super::{
    composition::{Parts, application, body_budgets, connection_limits},
    start_control::StartControl,
    startup::load_models,
    threads::Threads,
};
use crate::{
    backend::proxy::Forwarders,
    config::{CommandLine, ConfigSource, Roles, Scheme, fuzzing::resolve},
    generations::{
        Builder, ConfigFollowers, Generation, Generations, ReadyGeneration, ServingSettings,
    },
    http::{connection_limits::ConnectionLimits, connection_state::ConnectionState},
    listener::{connection, fuzzing::sweep},
    plugins::{Plugins, fuzzing::loaded},
    policy::Authorizer,
    request::{
        application::Application,
        operations::is_built_in,
        service::{ServedConnection, Service},
    },
    telemetry::{AccessLog, LevelSwitch, metrics::Metrics},
    tls::certificates::Certificates,
};

/// A server with the default configuration and one plugin. All connections are of one listener, which
/// serves inference and management.
#[derive(Debug)]
pub struct Gateway {
    application: Arc<Application>,
    limits: Arc<ConnectionLimits>,
}

impl Gateway {
    /// A server with the plugin that `open` returns.
    ///
    /// # Errors
    /// The default configuration or the plugin is refused.
    pub fn new(open: fn(&Host) -> Result<Plugin, PluginError>) -> Result<Self, String> {
        let config = resolve([]).map_err(|error| error.to_string())?;
        let config = Arc::new(config);
        let plugin = loaded(open).map_err(|error| PluginError::from(error).to_string())?;
        let plugins = Plugins::new(vec![Arc::new(plugin)], true);
        let plugins = plugins.map_err(|error| error.to_string())?;
        let exempt_paths = config.token.exempt_paths.clone();
        let authorizer = Authorizer::new(plugins.token_plugin().cloned(), exempt_paths);
        let first = ReadyGeneration {
            generation: Generation {
                number: 1,
                plugins,
                authorizer,
                settings: Arc::new(ServingSettings::new(Arc::clone(&config), None)),
                changed_settings: Vec::new(),
            },
            changes: Vec::new(),
            replaced: Vec::new(),
        };
        let builder = Builder::new(&config, is_built_in);
        let metrics = Arc::new(Metrics::new(vec!["fuzzed".to_owned()], 1));
        let models =
            load_models(&config, &StartControl::default()).map_err(|error| error.to_string())?;
        let source = ConfigSource::new(CommandLine::default(), |_| None);
        let Threads { reload, request } = Threads::start().map_err(|error| error.to_string())?;
        let limits = connection_limits(&config, Arc::clone(&metrics));
        let body_budgets = body_budgets(&config);
        let parts = Parts {
            generations: Generations::new(
                builder,
                source,
                first,
                ConfigFollowers {
                    certificates: Certificates::new(None, &[], Arc::clone(&metrics)),
                    log_level: LevelSwitch::unconnected(),
                    inference_bodies: body_budgets.inference.clone(),
                },
                Arc::clone(&metrics),
                reload,
            ),
            models: Arc::new(models),
            threads: request,
            body_budgets,
            metrics,
            access_log: AccessLog::off(),
        };
        Ok(Self {
            application: Arc::new(application(&config, parts)),
            limits: Arc::new(limits),
        })
    }

    /// Serves a connection until it ends. Must be awaited where tasks can be spawned on the current
    /// thread.
    #[must_use]
    pub fn serve(&self, stream: DuplexStream) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        // Not generated again where it is awaited.
        Box::pin(self.serve_connection(stream))
    }

    async fn serve_connection(&self, stream: DuplexStream) {
        let metrics = &self.application.metrics;
        let (Some(counters), Some(listener)) =
            (metrics.workers().first(), metrics.listeners().first())
        else {
            return;
        };
        let roles = Roles {
            inference: true,
            management: true,
            metrics: false,
        };
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let limits = Arc::clone(&self.limits);
        let state = Arc::new(ConnectionState::new(limits, Instant::now()));
        let service = Rc::new(Service::new(
            Arc::clone(&self.application),
            Arc::clone(counters),
            ServedConnection {
                roles,
                listener: *listener,
                scheme: Scheme::Http,
                peer,
                state: Arc::clone(&state),
            },
            Rc::new(Forwarders::new(Arc::clone(counters), 0)),
        ));
        let service = service_fn(move |request| Rc::clone(&service).accept(request));
        let generation = self.application.generations.current();
        let header_bytes_max = generation.settings.config.clients.header_bytes_max;
        drop(generation);
        sweep(&state);
        connection::serve(stream, (), service, Arc::clone(&state), header_bytes_max).await;
        // Its place would say so.
        state.end();
    }
}
