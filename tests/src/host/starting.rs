use std::{fmt, path::PathBuf, process::ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use super::{Process, builder::HostBuilder};
use crate::{Log, eventually};

/// A host that may not be ready yet. It is killed when it is dropped.
#[derive(Debug)]
pub struct Starting(Process);

impl HostBuilder {
    /// Starts it and waits for nothing.
    #[must_use]
    pub fn starting(self) -> Starting {
        Starting(self.spawn())
    }
}

impl Starting {
    /// What it has written so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.0.log
    }

    /// Waits until a line of its log contains a text.
    pub fn wait_for_line(&self, text: &str) {
        eventually(text, || self.log().text().contains(text).then_some(()));
    }

    /// Its working directory.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.0.folder.path().to_owned()
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.0.pid()
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When it has ended.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process is there");
    }

    /// Waits until it has ended; its log is complete then.
    pub fn wait(&mut self) -> ExitStatus {
        self.0.wait()
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl fmt::Display for Starting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.log().text())
    }
}
