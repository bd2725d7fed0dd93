//! `host-demo plugin check`: checks that a plugin conforms to the contract.
//!
//! The plugin runs in a separate process, in an empty folder: its crash, exit or hang is a finding.
//!
//! | what | where |
//! | --- | --- |
//! | the checks, in order | `names.rs` |
//! | the process around the plugin, its folders, its end | `supervisor.rs`, `folders.rs` |
//! | the checks themselves, in that process | `child.rs`, `child/` |
//! | what is printed | `report.rs` |

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

pub(super) use self::child::run as run_here;
use self::{
    names::FILE,
    outcome::{CheckResult, Outcome},
    report::Report,
};
use super::output;
use crate::{
    cli::{CredentialKind, PluginSetting},
    plugins::PluginFile,
};

mod child;
mod folders;
mod names;
mod outcome;
mod report;
mod supervisor;

/// Checks a file and prints the report. `time_limit` is for each check.
pub(super) fn run(
    file: &Path,
    json: bool,
    settings: &[PluginSetting],
    credentials: Option<CredentialKind>,
    time_limit: Duration,
) -> io::Result<ExitCode> {
    let mut results = Vec::new();
    match PluginFile::read(file) {
        Ok(plugin) => {
            results.push(CheckResult::new(FILE, identity(&plugin)));
            results.extend(supervisor::run(file, settings, credentials, time_limit)?);
        }
        Err(error) => results.push(CheckResult::new(
            FILE,
            Outcome::failed(outcome::reason(file, &error)),
        )),
    }
    let report = Report::new(file, results);
    if json {
        output::print_json(&report)?;
    } else {
        write!(io::stdout().lock(), "{report}")?;
    }
    Ok(if report.conforms() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn identity(plugin: &PluginFile) -> Outcome {
    let manifest = &plugin.candidate().manifest;
    Outcome::ok(format!(
        "{} {}, contract {}",
        manifest.name, manifest.version, manifest.contract
    ))
}
