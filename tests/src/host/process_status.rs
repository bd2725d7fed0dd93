use std::{fs, path::PathBuf};

use super::Host;
use crate::write_file;

impl Host {
    /// The memory that its process has now, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        self.status_kib("VmRSS:")
    }

    /// The most that it has had since its start, or since [`reset_peak`](Self::reset_peak), in KiB.
    #[must_use]
    pub fn peak_kib(&self) -> u64 {
        self.status_kib("VmHWM:")
    }

    /// From here on the peak is measured anew.
    pub fn reset_peak(&self) {
        write_file(&self.process_file("clear_refs"), b"5");
    }

    /// How many descriptors its process has open.
    #[must_use]
    pub fn open_files(&self) -> usize {
        let files = fs::read_dir(self.process_file("fd")).expect("the process is there");
        files.count()
    }

    fn status_kib(&self, name: &str) -> u64 {
        let status = fs::read_to_string(self.process_file("status")).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number = number.and_then(|number| number.parse().ok());
        number.expect("a size in KiB")
    }

    /// What the system says of its process, by file.
    fn process_file(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.pid().as_raw_nonzero()).into()
    }
}
