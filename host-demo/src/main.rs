//! The program: command line, log, configuration, server, shutdown.

use std::{error::Error, io, process::ExitCode, time::Duration};

use clap::Parser;
use host_demo::{
    cli::{Cli, Command},
    config::Config,
    plugin_tool, profile_tool,
    server::{Running, Server},
    signals::{Signal, Signals},
    telemetry::{AccessLog, error_chain::error_chain, start_log},
};
use tokio::{runtime::Builder, task::spawn_blocking, time::timeout};

/// How long the plugins get to clean up when a second signal stops the server.
const LAST_MOMENT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        Some(Command::Plugin { command }) => return plugin_tool::run(command),
        Some(Command::Profile { command }) => return profile_tool::run(command),
        Some(_) | None => {}
    }
    match run(&cli) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{}", error_chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Box<dyn Error>> {
    start_log(cli.log_format, cli.log_level)?;
    let (config, warnings) = Config::resolve(&cli.settings, |name| std::env::var_os(name))?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if cli.check {
        Server::verify_startup(&config)?;
        tracing::info!("configuration and plugins are valid");
        return Ok(ExitCode::SUCCESS);
    }
    let (access_log, _flushed_at_the_end) = if config.access_log {
        let (log, guard) = AccessLog::start(cli.log_format, io::stdout());
        (log, Some(guard))
    } else {
        (AccessLog::off(), None)
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let signals = runtime.block_on(async { Signals::install() })?;
    let running = Server::start(&config, access_log)?.serve()?;
    let code = runtime.block_on(until_the_end(running, signals));
    runtime.shutdown_background();
    Ok(code)
}

/// SIGHUP reloads certificate and plugins. The first other signal lets running requests finish; a second one
/// does not wait for them.
async fn until_the_end(running: Running, mut signals: Signals) -> ExitCode {
    let reload = running.reload_handle();
    let first = loop {
        match signals.next().await {
            Signal::Reload => {
                let reload = reload.clone();
                spawn_blocking(move || reload.reload());
            }
            Signal::End(first) => break first,
        }
    };
    tracing::info!("{} received, shutting down", first.name);
    let plugins = running.plugins();
    let ended = spawn_blocking(move || running.shutdown());
    tokio::select! {
        ended = ended => match ended {
            Ok(()) => {
                tracing::info!("Stopped");
                ExitCode::SUCCESS
            }
            Err(error) => {
                tracing::error!("the shutdown failed: {error}");
                ExitCode::FAILURE
            }
        },
        second = signals.next_end() => {
            tracing::warn!("{} received again, stopping immediately", second.name);
            let _ = timeout(LAST_MOMENT, spawn_blocking(move || plugins.shutdown_at_once())).await;
            ExitCode::from(second.exit_code)
        }
    }
}
