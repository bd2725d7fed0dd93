//! Programs in process groups of their own, so that what they start ends with them.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::error::{ErrorContext as _, TaskError};

/// After this long without an end a program is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
const STOP_POLL: Duration = Duration::from_millis(20);

/// A program and all that it starts. Dropping it stops them.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    name: String,
}

impl Group {
    /// Starts it; what it prints goes to the ends of two files, which may be one.
    ///
    /// # Errors
    /// A file cannot be opened, or the program not started.
    pub(super) fn start(
        name: &str,
        command: &mut Command,
        output: &Path,
        errors: &Path,
    ) -> Result<Self, TaskError> {
        let child = command
            .stdin(Stdio::null())
            .stdout(open(output)?)
            .stderr(open(errors)?)
            // Ctrl-C reaches only this program, which then stops the group.
            .process_group(0)
            .spawn()
            .context(|| format!("starting {}", command.get_program().display()))?;
        Ok(Self {
            child,
            name: name.to_owned(),
        })
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// The operating system does not say.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>, TaskError> {
        let ended = self.child.try_wait();
        ended.context(|| format!("waiting for {}", self.name))
    }

    /// Whether it has ended, and then how, as an error.
    ///
    /// # Errors
    /// It has ended.
    pub(super) fn check_runs(&mut self) -> Result<(), TaskError> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => Err(TaskError::program(&self.name, format!("ended: {status}"))),
        }
    }

    /// Waits until neither the program nor any other of the group is left.
    fn is_gone_within(&mut self, limit: Duration) -> bool {
        let group = Pid::from_child(&self.child);
        let start = Instant::now();
        while start.elapsed() < limit {
            let has_ended = matches!(self.child.try_wait(), Ok(Some(_)));
            if has_ended && test_kill_process_group(group).is_err() {
                return true;
            }
            thread::sleep(STOP_POLL);
        }
        false
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The group exists as long as any process of it does; its number is not used again before.
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::TERM);
        if !self.is_gone_within(STOP_TIMEOUT) {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

fn open(log: &Path) -> Result<File, TaskError> {
    let opened = File::options().create(true).append(true).open(log);
    opened.context(|| format!("opening {}", log.display()))
}

/// Whether a program can be found in the `PATH`.
pub(super) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The end of a log, which says why a program failed.
pub(super) fn last_lines(log: &Path) -> String {
    const LINES: usize = 20;
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(LINES);
    lines.get(start..).unwrap_or_default().join("\n")
}
