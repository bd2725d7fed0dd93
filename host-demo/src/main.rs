//! The program: command line, log, configuration, server, shutdown.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use host_demo::{
    cli::{Cli, Command},
    config::Config,
    plugin_tool, profile_tool,
    server::{Running, Server},
    signals::{Signal, Signals},
    telemetry::{Logs, error_chain::error_chain},
};
use tokio::{runtime::Builder, task::spawn_blocking, time::timeout};

/// How long the plugins get to clean up when a second signal stops the server.
const LAST_MOMENT: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return show(&message),
    };
    match &cli.command {
        Some(Command::Plugin { command }) => return plugin_tool::run(command),
        Some(Command::Profile { command }) => return profile_tool::run(command),
        Some(_) | None => {}
    }
    let mut logs = match Logs::start(cli.log_format, cli.log_level) {
        Ok(logs) => logs,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::FAILURE;
        }
    };
    run(&cli, &mut logs).unwrap_or_else(|error| {
        tracing::error!("{}", error_chain(error.as_ref()));
        ExitCode::FAILURE
    })
}

/// Writes the help, the version, or what is wrong with the command line. 0 only if it was written.
fn show(message: &clap::Error) -> ExitCode {
    let written = message.print().and_then(|()| io::stdout().flush());
    let code = u8::try_from(message.exit_code()).unwrap_or(1);
    match written {
        Err(_) if code == 0 => ExitCode::FAILURE,
        Ok(()) | Err(_) => ExitCode::from(code),
    }
}

fn run(cli: &Cli, logs: &mut Logs) -> Result<ExitCode, Box<dyn Error>> {
    let (config, warnings) = Config::resolve(&cli.settings, |name| std::env::var_os(name))?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if cli.check {
        Server::verify_startup(&config)?;
        tracing::info!("configuration and plugins are valid");
        return Ok(ExitCode::SUCCESS);
    }
    if config.access_log {
        logs.start_access_log(cli.log_format)?;
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let signals = runtime.block_on(async { Signals::install() })?;
    let running = Server::start(&config, logs)?.serve()?;
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
