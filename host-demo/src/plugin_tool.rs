//! `host-demo plugin ..`: for authors of plugins.
//!
//! | command | where |
//! | --- | --- |
//! | `inspect`: the manifest of a file; none of its code runs | `inspect.rs` |
//! | `check`: the conformance checks, in a separate process | `check.rs`, `check/` |
//! | `seal`: a digest of what is loaded, written into the file | `seal.rs` |
//! | `new`: a new crate | `new.rs`, `new/`, `templates/` |

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use crate::{cli::PluginCommand, plugins::run_probe};

mod check;
mod inspect;
mod new;
mod output;
mod seal;

/// Runs the command: results go to standard output, errors to standard error.
///
/// The exit code is 0 only if everything succeeded.
#[must_use]
pub fn run(command: &PluginCommand) -> ExitCode {
    let done = match command {
        PluginCommand::Inspect { file, json } => inspect::run(file, *json),
        PluginCommand::Check {
            file,
            json,
            settings,
            kind,
            time_limit,
        } => check::run(
            file,
            *json,
            settings,
            *kind,
            Duration::from_secs((*time_limit).into()),
        ),
        PluginCommand::Seal { file } => seal::run(file),
        PluginCommand::New { name, kind, source } => new::run(name, *kind, source),
        PluginCommand::RunChecks {
            file,
            settings,
            copies,
            kind,
        } => check::run_here(file, settings, copies, *kind),
        PluginCommand::Probe { copy, file } => run_probe(copy, file),
    };
    // What is buffered must be written before success is reported.
    let written = done.and_then(|code| io::stdout().flush().map(|()| code));
    written.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{error}");
        ExitCode::FAILURE
    })
}
