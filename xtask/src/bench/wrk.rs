//! Sends as many requests as a server can take, with wrk.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::tools;
use crate::error::{ErrorContext as _, TaskError};

#[cfg(test)]
mod tests;

const CONNECTIONS: &str = "64";
/// Few, because the server needs the processors.
const THREADS: &str = "2";

/// The load generator.
#[derive(Debug)]
pub(super) struct Wrk(PathBuf);

/// The result of one turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    /// Requests a second.
    pub(super) rate: f64,
    /// All of them.
    pub(super) requests: f64,
    /// Requests without a response within 2 s.
    pub(super) timeouts: u64,
}

impl Wrk {
    /// `None` if it is not installed.
    pub(super) fn find() -> Option<Self> {
        tools::find("wrk").map(Self)
    }

    /// Sends requests for some seconds, on persistent connections.
    ///
    /// # Errors
    /// A response was not successful, or a connection failed.
    pub(super) fn run(
        &self,
        address: SocketAddr,
        path: &str,
        key: &str,
        seconds: u32,
    ) -> Result<Turn, TaskError> {
        let output = Command::new::<&Path>(&self.0)
            .args(["-t", THREADS, "-c", CONNECTIONS, "-d"])
            .arg(format!("{seconds}s"))
            .arg("-H")
            .arg(format!("Authorization: Bearer {key}"))
            .arg(format!("http://{address}{path}"))
            .stdin(Stdio::null())
            .output()
            .context(|| "starting wrk")?;
        let report = String::from_utf8_lossy(&output.stdout);
        read_report(&report).map_err(|problem| TaskError::program("wrk", problem))
    }
}

fn read_report(report: &str) -> Result<Turn, String> {
    let line = |start| {
        report
            .lines()
            .find_map(|line| line.trim().strip_prefix(start))
    };
    if let Some(count) = line("Non-2xx or 3xx responses:") {
        return Err(format!("unsuccessful responses:{count}"));
    }
    let rate = line("Requests/sec:").and_then(|rate| rate.trim().parse().ok());
    let rate = rate.ok_or_else(|| format!("no rate in: {report}"))?;
    let requests = report
        .lines()
        .find_map(|line| line.split_once(" requests in ")?.0.trim().parse().ok())
        .ok_or_else(|| format!("no requests in: {report}"))?;
    let turn = |timeouts| Turn {
        rate,
        requests,
        timeouts,
    };
    let Some(errors) = line("Socket errors:") else {
        return Ok(turn(0));
    };
    // Failed connections are errors, late responses are slow.
    let timeouts = errors
        .trim()
        .strip_prefix("connect 0, read 0, write 0, timeout ");
    timeouts
        .and_then(|timeouts| timeouts.parse().ok())
        .map(turn)
        .ok_or_else(|| format!("socket errors:{errors}"))
}
