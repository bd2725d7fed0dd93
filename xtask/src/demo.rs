//! `cargo xtask demo`: builds and starts the server, and prints commands to try.

use std::{
    io::{self, Write as _},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::{Handle, Signals},
};

use self::ends_with_us::EndsWithUs;
use crate::{
    cargo::{Artifacts, Profile},
    error::{ErrorContext as _, TaskError},
    host::Host,
    install::install,
    repository,
};

mod ends_with_us;
mod session;

/// Build everything, start the server with the token plugin and a model, print commands to try
///
/// Paths are relative to the repository, which is the working directory of the server.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Build with optimizations, which takes minutes; without them a prediction takes 2 ms
    #[arg(long)]
    release: bool,

    /// Plugins folder
    #[arg(long, value_name = "DIR", default_value = "plugins")]
    plugins_path: PathBuf,

    /// More arguments for the server, such as --ts-config FILE
    #[arg(last = true, value_name = "SERVER ARGUMENTS")]
    host_arguments: Vec<String>,
}

/// Runs the host until it ends, with its exit code. The host ends with this process and with its terminal.
///
/// # Errors
/// The build failed, or the host cannot be started.
pub(crate) fn run(options: &Options) -> Result<ExitCode, TaskError> {
    let root = repository::root();
    let packages = ["--package=host-demo", "--package=token-plugin"];
    let artifacts = Artifacts::build(Profile::of(options.release), &packages)?;
    let plugins = root.join(&options.plugins_path);
    let executable = artifacts.executable("host-demo")?;
    install(
        artifacts.library("token-plugin")?,
        &plugins,
        Some(executable),
    )?;

    let mut command = Command::new(executable);
    command
        .arg("--plugins-path")
        .arg(&options.plugins_path)
        // A checkout under umask 002 is writable by its owner's group, which is then a warning.
        .arg("--plugins-insecure-permissions")
        .args(["--model-store", "models/digits", "--models", "all"])
        .args(&options.host_arguments)
        .current_dir(&root)
        // In its own process group: Ctrl-C reaches only this process, which forwards it once.
        .process_group(0);
    let signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context(|| "installing signal handlers")?;
    let mut host = Host::start(&mut command, |line| {
        let _ = io::stderr().write_all(line);
    })?;
    let _ends_with_us = EndsWithUs::start(host.id())?;
    let signals = pass_on(signals, host.id());
    if let Some(announcement) = host.announcement() {
        // If the output is closed, the server runs all the same.
        let _ = write!(io::stdout(), "{}", session::describe(&root, &announcement));
    }
    let status = host.wait()?;
    signals.close();
    Ok(exit_code(status))
}

/// A signal that would end this process shuts down the server first.
fn pass_on(mut signals: Signals, host: Pid) -> Handle {
    let handle = signals.handle();
    thread::spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGINT => Signal::INT,
                // Also the end of the terminal, SIGHUP, which would make the server reload.
                _ => Signal::TERM,
            };
            // The server may have ended just now.
            let _ = kill_process(host, signal);
        }
    });
    handle
}

/// As a shell reports it: 128 plus the signal's number if a signal ended the process.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| signal.saturating_add(128)));
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
