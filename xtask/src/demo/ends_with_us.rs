//! A process that ends when this one is gone, even if this one was killed.

use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use rustix::process::Pid;

use crate::error::{ErrorContext as _, TaskError};

/// Waits until its input ends, which this process holds, and ends the other process then.
const WATCH: &str = "read -r _; kill -TERM \"$0\"";

/// Dropping it leaves the other process alone.
#[derive(Debug)]
pub(super) struct EndsWithUs {
    /// A shell, whose input ends with this process, however it ends.
    watcher: Child,
}

impl EndsWithUs {
    /// Sends SIGTERM to a process once this one is gone.
    ///
    /// # Errors
    /// No shell can be started.
    pub(super) fn start(process: Pid) -> Result<Self, TaskError> {
        let watcher = Command::new("sh")
            .args(["-c", WATCH, &process.as_raw_nonzero().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // In its own process group: Ctrl-C and the end of the terminal do not reach it.
            .process_group(0)
            .spawn()
            .context(|| "starting sh")?;
        Ok(Self { watcher })
    }
}

impl Drop for EndsWithUs {
    fn drop(&mut self) {
        // Before its input is closed, so that it signals nobody.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}
