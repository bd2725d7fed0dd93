//! The program: command line, log, configuration, server.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use host_demo::{
    cli::{Cli, Command},
    config::{Config, ConfigSource},
    model_trial, plugin_tool,
    process::{self, Stopped},
    profile_tool,
    server::Server,
    telemetry::{Logs, error_chain::error_chain},
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return show(&message),
    };
    match &cli.command {
        Some(Command::Plugin { command }) => return plugin_tool::run(command),
        Some(Command::Profile { command }) => return profile_tool::run(command),
        Some(Command::TryModel {
            server_id,
            operators_max,
            bytes_max,
        }) => return model_trial::run(*server_id, *operators_max, *bytes_max),
        Some(_) | None => {}
    }
    let mut logs = match Logs::start(cli.log_format) {
        Ok(logs) => logs,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = run(&cli, &mut logs);
    if let Err(error) = &outcome {
        tracing::error!("{}", error_chain(error.as_ref()));
    }
    // What waits is written first: the process may end within the next call.
    drop(logs);
    match outcome {
        Ok(Some(stopped)) => stopped.exit_code(),
        Ok(None) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
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

/// Returns none if there was nothing to serve.
fn run(cli: &Cli, logs: &mut Logs) -> Result<Option<Stopped>, Box<dyn Error>> {
    let source = ConfigSource::new(cli.settings.clone(), |name| std::env::var_os(name));
    let (config, warnings) = Config::read(&source)?;
    logs.set_level(config.log_level);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    if cli.check {
        Server::verify_startup(&config)?;
        tracing::info!("configuration and plugins are valid");
        return Ok(None);
    }
    if config.access_log {
        logs.start_access_log(cli.log_format, config.token_key_bytes())?;
    }
    Ok(Some(process::serve(config, source, logs.handles())?))
}
