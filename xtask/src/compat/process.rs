//! Programs in process groups of their own, so that what they start ends with them.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use crate::error::{ErrorContext as _, TaskError};

/// After this long without an end a program is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// After this long without an end the programs are killed that it has left.
const REST_TIMEOUT: Duration = Duration::from_secs(2);
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
}

impl Drop for Group {
    fn drop(&mut self) {
        let program = Pid::from_child(&self.child);
        // It stops what it started in its own order, which a signal to all would disturb.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(program, Signal::TERM);
            wait(STOP_TIMEOUT, || !matches!(self.child.try_wait(), Ok(None)));
        }
        // The group exists as long as any process of it does.
        let is_gone = || test_kill_process_group(program).is_err();
        if !wait(REST_TIMEOUT, is_gone) {
            let _ = kill_process_group(program, Signal::KILL);
        }
        // Without this it would stay a zombie if it was killed.
        let _ = self.child.wait();
    }
}

fn wait(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if start.elapsed() > limit {
            return false;
        }
        thread::sleep(STOP_POLL);
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
