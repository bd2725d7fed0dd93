//! `host-demo plugin ..`: for people who write plugins.
//!
//! | command | where |
//! | --- | --- |
//! | `inspect`: what a file says of itself; none of its code runs | `inspect.rs` |
//! | `check`: the conformance checks, in a process of their own | `check.rs`, `check/` |
//! | `new`: a crate to begin with | `new.rs`, `new/`, `templates/` |

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use crate::cli::PluginCommand;

mod check;
mod inspect;
mod new;
mod output;

/// Does it: what was asked for goes to standard output, what goes wrong to standard error.
///
/// The exit code is 0 only if all is good.
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
        PluginCommand::New { name, kind, source } => new::run(name, *kind, source),
        PluginCommand::RunChecks {
            file,
            settings,
            copies,
            kind,
        } => check::run_here(file, settings, copies, *kind),
    };
    done.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{error}");
        ExitCode::FAILURE
    })
}
