//! Memory and open files of the server over time.

use std::{
    fmt, fs, io,
    time::{Duration, Instant},
};

use rustix::process::Pid;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) at: Duration,
    pub(super) memory_kib: u64,
    pub(super) open_files: usize,
}

/// At most one in each second.
#[derive(Debug)]
pub(super) struct Samples {
    begin: Instant,
    taken: Vec<Sample>,
}

const INTERVAL: Duration = Duration::from_secs(1);

impl Default for Samples {
    fn default() -> Self {
        Self {
            begin: Instant::now(),
            taken: Vec::new(),
        }
    }
}

impl Samples {
    /// Measures, unless it has just been done.
    pub(super) fn take(&mut self, id: Pid) {
        let at = self.begin.elapsed();
        if self
            .taken
            .last()
            .is_some_and(|last| at - last.at < INTERVAL)
        {
            return;
        }
        let path = format!("/proc/{}/status", id.as_raw_nonzero());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        let memory_kib = number.and_then(|number| number.parse().ok());
        if let (Some(memory_kib), Ok(open_files)) = (memory_kib, open_files(id)) {
            self.taken.push(Sample {
                at,
                memory_kib,
                open_files,
            });
        }
    }

    pub(super) fn taken(&self) -> &[Sample] {
        &self.taken
    }
}

/// How many descriptors a process has open.
///
/// # Errors
/// It has ended.
pub(super) fn open_files(id: Pid) -> io::Result<usize> {
    let folder = format!("/proc/{}/fd", id.as_raw_nonzero());
    fs::read_dir(folder).map(Iterator::count)
}

impl fmt::Display for Samples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(first), Some(last)) = (self.taken.first(), self.taken.last()) else {
            return formatter.write_str("memory: not measured");
        };
        let most = |of: fn(&Sample) -> u64| self.taken.iter().map(of).max().unwrap_or_default();
        write!(
            formatter,
            "memory: {} KiB at first, {} KiB at most, {} KiB at last; open files: {} at first, {} at most, {} at last",
            first.memory_kib,
            most(|sample| sample.memory_kib),
            last.memory_kib,
            first.open_files,
            most(|sample| sample.open_files as u64),
            last.open_files
        )
    }
}
