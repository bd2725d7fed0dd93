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

impl Wrk {
    /// `None` if it is not installed.
    pub(super) fn find() -> Option<Self> {
        tools::find("wrk").map(Self)
    }

    /// Requests a second, on connections that are kept.
    ///
    /// # Errors
    /// Some answer was not a good one.
    pub(super) fn requests_per_second(
        &self,
        address: SocketAddr,
        path: &str,
        key: &str,
        seconds: u32,
    ) -> Result<f64, TaskError> {
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

/// The rate, unless something went wrong on the way.
fn read_report(report: &str) -> Result<f64, String> {
    let problems = ["Non-2xx or 3xx responses", "Socket errors"];
    let mut lines = report.lines().map(str::trim);
    if let Some(line) = lines.find(|line| problems.iter().any(|problem| line.starts_with(problem)))
    {
        return Err(line.to_owned());
    }
    let mut lines = report.lines().map(str::trim);
    let rate = lines.find_map(|line| line.strip_prefix("Requests/sec:"));
    rate.and_then(|rate| rate.trim().parse().ok())
        .ok_or_else(|| format!("no rate in: {report}"))
}
