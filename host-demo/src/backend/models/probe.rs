//! Tries a model in a process of its own before it is loaded here.
//!
//! What loading a file takes cannot be told from its bytes: rten computes at once what does not
//! depend on an input, and memory that cannot be had ends a process. The process has limits of
//! memory and time, and only a file that it survives is loaded here.

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::CommandExt as _},
    },
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use thiserror::Error;

use super::limits::{ModelLimitError, ModelLimits, Probe};
use crate::trial::{ChildProcess, environment, is_timeout};

pub(crate) mod child;
mod memory;

/// What became of a file in the process.
#[derive(Debug, Error)]
pub(super) enum TrialError {
    /// No process can be started, or it cannot be given the file.
    #[error("the process that tries a model")]
    Start(#[from] io::Error),
    /// It did not survive within the limits.
    #[error(transparent)]
    Limit(#[from] ModelLimitError),
    /// It ended in another way.
    #[error("{0}")]
    Died(ExitStatus),
}

impl Probe {
    /// Loads a file in the process. It survived if there is no error; it may be no model.
    ///
    /// # Errors
    /// Loading the file here would end or block this process, or it cannot be tried.
    pub(super) fn run(self, file: &[u8], limits: &ModelLimits) -> Result<(), TrialError> {
        if self == Self::Off {
            return Ok(());
        }
        let bytes_max = limits.bytes_max.min(memory::left());
        let deadline = Deadline {
            begin: Instant::now(),
            limit: limits.load_timeout,
        };
        let (mut process, ours) = start(limits, bytes_max)?;
        let too_late = || ModelLimitError::Time {
            limit: limits.load_timeout,
        };
        let said = converse(&ours, file, &deadline)?.ok_or_else(too_late)?;
        let left = deadline.left().unwrap_or_default();
        let ending = process.wait(left)?.ok_or_else(too_late)?;
        if ending.success() {
            return Ok(());
        }
        if said.contains(OUT_OF_MEMORY) {
            return Err(ModelLimitError::Memory { bytes_max }.into());
        }
        Err(TrialError::Died(ending))
    }
}

/// Sends the file and listens until the process has closed the connection; none if that takes too
/// long.
fn converse(
    connection: &UnixStream,
    file: &[u8],
    deadline: &Deadline,
) -> io::Result<Option<String>> {
    let said = send(connection, file, deadline).and_then(|()| listen(connection, deadline));
    match said {
        Err(error) if is_timeout(&error) => Ok(None),
        said => said.map(Some),
    }
}

fn send(mut connection: &UnixStream, file: &[u8], deadline: &Deadline) -> io::Result<()> {
    let mut rest = file;
    while !rest.is_empty() {
        connection.set_write_timeout(Some(deadline.left()?))?;
        match connection.write(rest) {
            Ok(sent) => rest = rest.get(sent..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // It ended before it had read the file: how it ended says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    match connection.shutdown(Shutdown::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        done => done,
    }
}

/// The beginning of what the process writes until it closes the connection.
fn listen(mut connection: &UnixStream, deadline: &Deadline) -> io::Result<String> {
    let mut said = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        connection.set_read_timeout(Some(deadline.left()?))?;
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(heard) => {
                let room = SAID_BYTES_MAX.saturating_sub(said.len());
                said.extend(buffer.iter().take(heard.min(room)));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // It ended and left bytes of the file unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// When the process must have ended.
struct Deadline {
    begin: Instant,
    limit: Duration,
}

impl Deadline {
    /// The time that is left, above 0.
    ///
    /// # Errors
    /// There is none.
    fn left(&self) -> io::Result<Duration> {
        let left = self.limit.saturating_sub(self.begin.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(left)
    }
}

fn start(limits: &ModelLimits, bytes_max: u64) -> io::Result<(ChildProcess, UnixStream)> {
    ChildProcess::start(|command, socket| {
        command
            .arg("try-model")
            .arg(format!("--server-id={}", std::process::id()))
            .arg(format!("--operators-max={}", limits.operators_max))
            .arg(format!("--bytes-max={bytes_max}"))
            .env_clear()
            .envs(environment())
            // Each of its threads would reserve addresses that count as memory.
            .env("RTEN_NUM_THREADS", "1")
            .env("MALLOC_ARENA_MAX", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::from(OwnedFd::from(socket.try_clone()?)))
            // A signal of the terminal is for the server.
            .process_group(0);
        Ok(())
    })
}

/// What the standard library writes before it ends a process that cannot have its memory.
const OUT_OF_MEMORY: &str = "memory allocation of";
/// What is kept of what the process writes.
const SAID_BYTES_MAX: usize = 16 * 1024;
