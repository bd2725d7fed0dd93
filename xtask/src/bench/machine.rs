//! Describes the machine on which the numbers were measured.

use std::{fs, process::Command, thread};

/// The load averages of the last 1, 5 and 15 minutes.
pub(super) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let averages: Vec<_> = text.split_whitespace().take(3).collect();
    if averages.is_empty() {
        UNKNOWN.to_owned()
    } else {
        averages.join(" ")
    }
}

/// One line; `load_before` is the load before anything was measured.
pub(super) fn describe(load_before: &str) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "Machine: {}, {cores} processors, Linux {}, {}. Load before: {load_before}.",
        processor(),
        kernel(),
        compiler()
    )
}

const UNKNOWN: &str = "unknown";

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    name.map_or_else(|| UNKNOWN.to_owned(), |(_, name)| name.to_owned())
}

fn kernel() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/osrelease");
    text.map_or_else(|_| UNKNOWN.to_owned(), |text| text.trim().to_owned())
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| UNKNOWN.to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
