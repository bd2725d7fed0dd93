//! The time from the start to the first response, and the memory of an idle host.

use std::{fs, path::Path, time::Instant};

use rustix::process::Pid;

use super::{
    bench_host::BenchHost,
    table::{Goal, Table, Unit},
};
use crate::{
    error::{ErrorContext as _, TaskError},
    http, keys,
};

const MILLISECONDS: Unit = Unit {
    suffix: " ms",
    digits: 1,
};
const MEGABYTES: Unit = Unit {
    suffix: " MB",
    digits: 1,
};

/// The results of all starts.
#[derive(Debug, Default)]
pub(super) struct StartMeasurements {
    milliseconds: Vec<f64>,
    resident_megabytes: Vec<f64>,
}

/// Starts a host with the token plugin and without models this many times.
///
/// # Errors
/// One does not start, or does not respond.
pub(super) fn measure(
    host: &Path,
    plugins: &Path,
    starts: u32,
) -> Result<StartMeasurements, TaskError> {
    let mut measured = StartMeasurements::default();
    // The first one reads the files into the page cache.
    for start in 0..=starts {
        let (milliseconds, resident_megabytes) = start_once(host, plugins)?;
        if start > 0 {
            measured.milliseconds.push(milliseconds);
            measured.resident_megabytes.extend(resident_megabytes);
        }
    }
    Ok(measured)
}

impl StartMeasurements {
    pub(super) fn add_rows(&self, table: &mut Table) {
        table.add(
            "resident memory, idle, no models",
            &self.resident_megabytes,
            MEGABYTES,
            Goal::AtMost(10.0),
        );
        table.add(
            "start to first response",
            &self.milliseconds,
            MILLISECONDS,
            Goal::AtMost(15.0),
        );
    }
}

fn start_once(program: &Path, plugins: &Path) -> Result<(f64, Option<f64>), TaskError> {
    let start = Instant::now();
    let host = BenchHost::start(program, |command| {
        command.arg("--plugins-path").arg(plugins);
    })?;
    let key = keys::read(&host.key_file(), "inference")?;
    let response = http::get(host.inference, "/ping", Some(&key)).context(|| "requesting /ping")?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    if response.status != 200 {
        return Err(TaskError::program(
            "host-demo",
            format!("status {}", response.status),
        ));
    }
    Ok((milliseconds, resident_megabytes(host.id())))
}

/// `None` without `/proc`.
fn resident_megabytes(process: Pid) -> Option<f64> {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs::read_to_string(path).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}
