//! A server from its start to its end: what signals do, and that nothing delays the end for long.
//!
//! The main thread only waits. What may block runs on threads that are there from the start, and the end
//! has a time limit, whatever a plugin, a model or the disk does.

use std::{future::Future, io, pin::pin, process::ExitCode, thread, time::Duration};

use tokio::{runtime::Builder, time::timeout};

use crate::{
    blocking::{BlockingError, BlockingThreads},
    config::{Config, ConfigSource},
    server::{ReloadHandle, Running, Server, StartControl, StartError},
    signals::{EndSignal, Signal, Signals},
    telemetry::LogHandles,
};

/// How long cleaning up may take beyond what is waited for: the end of a start, the end of the plugins
/// after `shutdown_timeout_sec`, their end without waiting for requests, and the end of the process.
const CLEAN_UP_MAX: Duration = Duration::from_secs(2);

/// One thread for the start and the end in order, and one for an end that cannot wait for the first.
const CONTROL_THREADS: usize = 2;

/// Why a server did not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The start failed.
    #[error(transparent)]
    Start(Box<StartError>),
    /// A thread, the event loop or a signal handler cannot be set up.
    #[error("the process cannot be set up")]
    SetUp(#[from] io::Error),
    /// The start panicked.
    #[error("the start failed: {0}")]
    Broken(BlockingError),
}

impl From<StartError> for ProcessError {
    fn from(error: StartError) -> Self {
        Self::Start(Box::new(error))
    }
}

/// How a server ended.
#[derive(Debug)]
#[must_use = "the process must end now"]
pub struct Stopped {
    code: u8,
    /// Whether something still runs that was not waited for.
    is_cut_off: bool,
    threads: BlockingThreads,
}

/// Starts a server and runs it until a signal ends it. A reload reads the configuration from `source` again.
///
/// # Errors
/// It did not start. No key file is left.
pub fn serve(
    config: Config,
    source: ConfigSource,
    logs: LogHandles,
) -> Result<Stopped, ProcessError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let threads = BlockingThreads::start("control", CONTROL_THREADS, CONTROL_THREADS)?;
    let signals = runtime.block_on(async { Signals::install() })?;
    let control = Control {
        signals,
        shutdown_timeout: config.shutdown_timeout,
        threads,
    };
    let stopped = runtime.block_on(control.run(config, source, logs));
    runtime.shutdown_background();
    stopped
}

impl Stopped {
    /// The exit code for `main` to return. If something still runs, or does not let the process end, the
    /// process ends without a return of this function or of `main`.
    #[must_use]
    pub fn exit_code(self) -> ExitCode {
        let code = i32::from(self.code);
        if self.is_cut_off {
            // Without the functions that libraries registered for the end, which may wait for what hangs.
            signal_hook::low_level::exit(code);
        }
        // If no thread is free for it, the end has no limit, but nothing is lost.
        let _ = self.threads.begin(move || {
            thread::sleep(CLEAN_UP_MAX);
            signal_hook::low_level::exit(code);
        });
        ExitCode::from(self.code)
    }
}

struct Control {
    signals: Signals,
    shutdown_timeout: Duration,
    threads: BlockingThreads,
}

impl Control {
    async fn run(
        mut self,
        config: Config,
        source: ConfigSource,
        logs: LogHandles,
    ) -> Result<Stopped, ProcessError> {
        let start = StartControl::default();
        let of_the_thread = start.clone();
        let starting = self
            .threads
            .run(move || Server::start(&config, source, &logs, &of_the_thread)?.serve());
        let mut starting = pin!(starting);
        let mut has_to_reload = false;
        let running = loop {
            tokio::select! {
                started = &mut starting => break started.map_err(ProcessError::Broken)??,
                signal = self.signals.next() => match signal {
                    Signal::End(end) => return self.end_start(end, starting, &start).await,
                    Signal::Reload => has_to_reload = true,
                    Signal::Ignored(name) => log_ignored(name),
                },
            }
        };
        let end = self.until_end(running.reload_handle(), has_to_reload).await;
        Ok(self.end(running, end).await)
    }

    /// Returns the signal that ends the server.
    async fn until_end(&mut self, reload: ReloadHandle, has_to_reload: bool) -> EndSignal {
        if has_to_reload {
            reload.request();
        }
        loop {
            match self.signals.next().await {
                Signal::End(end) => return end,
                Signal::Reload => reload.request(),
                Signal::Ignored(name) => log_ignored(name),
            }
        }
    }

    /// Ends a start that has not ended.
    async fn end_start(
        mut self,
        end: EndSignal,
        starting: impl Future<Output = Result<Result<Running, StartError>, BlockingError>>,
        start: &StartControl,
    ) -> Result<Stopped, ProcessError> {
        tracing::info!("{} received during the start, shutting down", end.name);
        let limit = if start.interrupt() {
            CLEAN_UP_MAX
        } else {
            self.shutdown_timeout + CLEAN_UP_MAX
        };
        let code = tokio::select! {
            ended = timeout(limit, starting) => match ended {
                Ok(Ok(Ok(running))) => return Ok(self.end(running, end).await),
                Ok(Ok(Err(StartError::Interrupted(_)))) => return Ok(self.stopped()),
                Ok(Ok(Err(error))) => return Err(error.into()),
                Ok(Err(error)) => return Err(ProcessError::Broken(error)),
                Err(_) => {
                    tracing::error!("the start does not end, and is cut off");
                    FAILURE
                }
            },
            second = self.signals.next_end() => log_second(second),
        };
        let start = start.clone();
        Ok(self.cut_off(code, move || start.shut_plugins_down()).await)
    }

    /// Ends a server in order. A time limit and a second signal do not wait for that.
    async fn end(mut self, running: Running, end: EndSignal) -> Stopped {
        let plugins = running.plugins();
        let limit = self.shutdown_timeout + CLEAN_UP_MAX;
        let ended = self.threads.run(move || {
            tracing::info!("{} received, shutting down", end.name);
            running.shutdown()
        });
        let code = tokio::select! {
            ended = timeout(limit, ended) => match ended {
                Ok(Ok(Ok(()))) => return self.stopped(),
                Ok(Ok(Err(error))) => {
                    tracing::error!("the shutdown was not in order: {error}");
                    FAILURE
                }
                Ok(Err(error)) => {
                    tracing::error!("the shutdown failed: {error}");
                    FAILURE
                }
                Err(_) => {
                    tracing::error!("the shutdown takes longer than {limit:?}, and is cut off");
                    FAILURE
                }
            },
            second = self.signals.next_end() => log_second(second),
        };
        self.cut_off(code, move || plugins.shutdown_at_once()).await
    }

    fn stopped(self) -> Stopped {
        tracing::info!("Stopped");
        Stopped {
            code: 0,
            is_cut_off: false,
            threads: self.threads,
        }
    }

    /// Gives the plugins a last moment, so that the key file is deleted, and leaves what still runs.
    async fn cut_off(self, code: u8, shut_down: impl FnOnce() + Send + 'static) -> Stopped {
        // Whatever comes of it, the process ends.
        let _ = timeout(CLEAN_UP_MAX, self.threads.run(shut_down)).await;
        Stopped {
            code,
            is_cut_off: true,
            threads: self.threads,
        }
    }
}

/// The exit code of a server that did not start, or did not end in order.
const FAILURE: u8 = 1;

fn log_ignored(name: &str) {
    tracing::info!("{name} received, which does nothing: SIGTERM ends the server, SIGHUP reloads");
}

/// Returns the exit code.
fn log_second(second: EndSignal) -> u8 {
    tracing::warn!("{} received again, stopping immediately", second.name);
    second.exit_code
}
