//! Starts the process of the plugin, reads its messages, and ends it.

use std::{
    io::{self, BufRead, BufReader, Read},
    os::{fd::AsFd, unix::net::UnixStream},
    path::Path,
    process::Stdio,
    time::Duration,
};

use clap::ValueEnum as _;

use super::{
    folders::Folders,
    names::{EXITS, FILES, LOADS},
    outcome::{CheckResult, Event, Outcome, Wrote},
};
use crate::{
    cli::{CredentialKind, PluginSetting},
    trial::ChildProcess,
};

/// The longest line that the process may send.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Runs all checks but the first in a separate process.
///
/// # Errors
/// The process or its folders cannot be created.
pub(super) fn run(
    file: &Path,
    settings: &[PluginSetting],
    credentials: Option<CredentialKind>,
    time_limit: Duration,
) -> io::Result<Vec<CheckResult>> {
    let folders = Folders::create()?;
    let (mut process, ours) = start(file, settings, credentials, &folders)?;
    ours.set_read_timeout(Some(time_limit))?;
    let mut heard = Heard::default();
    let told = heard.listen(ours);
    let ending = match told {
        Ok(()) => process.wait(time_limit)?,
        Err(_) => None,
    };
    let is_good = ending.is_some_and(|status| status.success());
    let why = ending.map_or_else(
        || format!("did not return within {} s", time_limit.as_secs()),
        |status| format!("the process ended with {status}"),
    );
    let mut results = heard.results;
    if let Some(check) = heard.running {
        results.push(CheckResult::new(&check, Outcome::failed(why)));
    } else if is_good {
        results.push(CheckResult::new(EXITS, Outcome::ok("")));
    } else {
        // Before its first check the process is still starting.
        let check = if results.is_empty() { LOADS } else { EXITS };
        results.push(CheckResult::new(check, Outcome::failed(why)));
    }
    drop(process);
    results.push(CheckResult::new(FILES, folders.judge(&heard.wrote)?));
    Ok(results)
}

fn start(
    file: &Path,
    settings: &[PluginSetting],
    credentials: Option<CredentialKind>,
    folders: &Folders,
) -> io::Result<(ChildProcess, UnixStream)> {
    // Standard output is only for the report.
    let output = io::stderr().as_fd().try_clone_to_owned()?;
    let file = std::path::absolute(file)?;
    ChildProcess::start(|command, _| {
        command
            .args(["plugin", "run-checks"])
            .arg(file)
            .arg("--copies")
            .arg(folders.copies());
        for setting in settings {
            command.arg(format!("--setting={setting}"));
        }
        if let Some(kind) = credentials.and_then(|kind| kind.to_possible_value()) {
            command.args(["--kind", kind.get_name()]);
        }
        command
            .current_dir(folders.work())
            .env("HOME", folders.home())
            .env("TMPDIR", folders.temporary())
            .stdout(Stdio::from(output));
        Ok(())
    })
}

/// The messages of the process until it ended or was silent for too long.
#[derive(Debug, Default)]
struct Heard {
    results: Vec<CheckResult>,
    running: Option<String>,
    wrote: Wrote,
}

impl Heard {
    /// Reads until the process closes the socket.
    ///
    /// # Errors
    /// It was silent for too long.
    fn listen(&mut self, events: UnixStream) -> io::Result<()> {
        let mut events = BufReader::new(events);
        loop {
            let mut line = String::new();
            let read = events.by_ref().take(LINE_BYTES_MAX).read_line(&mut line);
            match read {
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                read => {
                    if read? == 0 {
                        return Ok(());
                    }
                }
            }
            match serde_json::from_str(&line)? {
                Event::Begun(check) => self.running = Some(check),
                Event::Ended(result) => {
                    self.running = None;
                    self.results.push(result);
                }
                Event::Wrote(wrote) => self.wrote = wrote,
            }
        }
    }
}
