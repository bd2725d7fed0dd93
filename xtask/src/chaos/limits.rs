//! Limits of a running process, which only a process of the same user may set: util-linux's `prlimit` runs as that user.

use std::{os::unix::process::CommandExt as _, process::Command};

use rustix::process::Pid;

use super::site::Site;
use crate::error::{ErrorContext as _, TaskError};

/// What is limited.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resource {
    /// The size of files that are written, in bytes.
    FileSize,
    /// Open files.
    Files,
    /// Threads of the user.
    Threads,
}

impl Resource {
    const fn option(self) -> &'static str {
        match self {
            Self::FileSize => "--fsize",
            Self::Files => "--nofile",
            Self::Threads => "--nproc",
        }
    }
}

/// The limit that counts now, as text.
///
/// # Errors
/// `prlimit` is missing or fails.
pub(super) fn get(id: Pid, resource: Resource) -> Result<String, TaskError> {
    let output = prlimit(
        id,
        &[resource.option(), "--raw", "--noheadings", "--output=SOFT"],
    )?;
    Ok(output.trim().to_owned())
}

/// Sets the limit that counts; the one above it, up to which it can be raised again, stays.
///
/// # Errors
/// `prlimit` is missing or fails.
pub(super) fn set(id: Pid, resource: Resource, limit: &str) -> Result<(), TaskError> {
    prlimit(id, &[&format!("{}={limit}:", resource.option())]).map(drop)
}

fn prlimit(id: Pid, arguments: &[&str]) -> Result<String, TaskError> {
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--pid={}", id.as_raw_nonzero()))
        .args(arguments);
    if let Some(user) = Site::user() {
        command.uid(user).gid(user);
    }
    let output = command.output().context(|| "starting prlimit")?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(TaskError::program("prlimit", errors.trim()))
}
