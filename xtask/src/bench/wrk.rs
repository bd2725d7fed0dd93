//! Requests as fast as a server answers, by wrk.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::tools;
use crate::error::{Doing as _, TaskError};

#[cfg(test)]
mod tests;

const CONNECTIONS: &str = "64";
/// The server needs the processors more.
const THREADS: &str = "2";

/// The load generator.
#[derive(Debug)]
pub(super) struct Wrk(PathBuf);

/// What one turn gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    /// Requests a second.
    pub(super) rate: f64,
    /// All of them.
    pub(super) requests: f64,
    /// Requests that had no answer within 2 s.
    pub(super) timeouts: u64,
}

impl Wrk {
    /// `None` if it is not installed.
    pub(super) fn find() -> Option<Self> {
        tools::find("wrk").map(Self)
    }

    /// Requests for some seconds, on connections that are kept.
    ///
    /// # Errors
    /// Some answer was not a good one, or a connection broke.
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
            .doing(|| "starting wrk")?;
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
        return Err(format!("bad answers:{count}"));
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
    // Connections that broke are errors, late answers are slow.
    let timeouts = errors
        .trim()
        .strip_prefix("connect 0, read 0, write 0, timeout ");
    timeouts
        .and_then(|timeouts| timeouts.parse().ok())
        .map(turn)
        .ok_or_else(|| format!("socket errors:{errors}"))
}
