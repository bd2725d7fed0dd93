//! The two logs of a process, and their end.

use std::{
    io::{self, Write},
    panic,
    time::{Duration, Instant},
};

use rustix::{fd::BorrowedFd, stdio};
use thiserror::Error;

use super::{
    access_log::AccessLog,
    format::LogFormat,
    key_form::KeyForm,
    level::LogLevel,
    line::LineFormat,
    line_queue::LineQueue,
    subscriber::{LevelSwitch, subscriber},
};

/// How long the end of the process waits for the readers of both logs together.
const END_TIME_MAX: Duration = Duration::from_secs(1);

/// The log, which goes to standard error, and the access log, which goes to standard output.
///
/// No thread waits for the reader of either: lines that it does not take are dropped and counted.
/// Dropping this writes out the lines that wait, for at most a second.
#[derive(Debug)]
#[must_use = "lines are lost once it is dropped"]
pub struct Logs {
    log: LineQueue,
    level: LevelSwitch,
    access_log: AccessLog,
}

/// Both logs, for the parts of the server that write and count their lines. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LogHandles {
    log: LineQueue,
    level: LevelSwitch,
    access_log: AccessLog,
}

/// Why there is no log.
#[derive(Debug, Error)]
pub enum LogError {
    /// It was set up before.
    #[error("the log is already set up")]
    AlreadySet,
    /// Its thread cannot be started.
    #[error("the thread of the log cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// A log by its name in the metrics, to ask it for the lines that it dropped.
#[derive(Clone, Debug)]
pub(crate) struct NamedLog {
    pub(crate) name: &'static str,
    /// None for a log that is off.
    queue: Option<LineQueue>,
}

impl Logs {
    /// Sends the log of the whole process to standard error, with one line for each panic, at the default
    /// level; the access log is off.
    ///
    /// # Errors
    /// If it was called before, or if no thread can be started.
    pub fn start(format: LogFormat) -> Result<Self, LogError> {
        let log = LineQueue::start("log", Descriptor(stdio::stderr())).map_err(LogError::Thread)?;
        let (events, level) = subscriber(LineFormat::new(format), LogLevel::default(), log.clone());
        tracing::subscriber::set_global_default(events).map_err(|_| LogError::AlreadySet)?;
        panic::set_hook(Box::new(log_panic));
        Ok(Self {
            log,
            level,
            access_log: AccessLog::off(),
        })
    }

    /// From now on the events of this level and above are logged.
    pub fn set_level(&self, level: LogLevel) {
        self.level.set(level);
    }

    /// Starts the access log. What looks like a key of `key_bytes` random bytes is not written.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start_access_log(
        &mut self,
        format: LogFormat,
        key_bytes: usize,
    ) -> Result<(), LogError> {
        let started =
            AccessLog::start(format, KeyForm::new(key_bytes), Descriptor(stdio::stdout()));
        self.access_log = started.map_err(LogError::Thread)?;
        Ok(())
    }

    /// What a server needs of them.
    #[must_use]
    pub fn handles(&self) -> LogHandles {
        LogHandles {
            log: self.log.clone(),
            level: self.level.clone(),
            access_log: self.access_log.clone(),
        }
    }
}

impl LogHandles {
    /// What sets the level of the log.
    #[must_use]
    pub(crate) fn level(&self) -> LevelSwitch {
        self.level.clone()
    }

    /// The access log.
    #[must_use]
    pub(crate) fn access_log(&self) -> AccessLog {
        self.access_log.clone()
    }

    /// Both logs, for the metrics.
    pub(crate) fn named(&self) -> [NamedLog; 2] {
        [
            NamedLog {
                name: "log",
                queue: Some(self.log.clone()),
            },
            NamedLog {
                name: "access_log",
                queue: self.access_log.queue().cloned(),
            },
        ]
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        let deadline = Instant::now() + END_TIME_MAX;
        self.access_log.close(deadline);
        self.log.close(deadline);
    }
}

impl NamedLog {
    /// Lines that were not written.
    pub(crate) fn dropped_lines(&self) -> u64 {
        self.queue.as_ref().map_or(0, LineQueue::dropped_lines)
    }
}

/// The default hook would write to standard error itself, and wait for its reader.
fn log_panic(information: &panic::PanicHookInfo<'_>) {
    let message = information.payload_as_str().unwrap_or("no message");
    match information.location() {
        Some(location) => tracing::error!("panic at {location}: {message}"),
        None => tracing::error!("panic: {message}"),
    }
}

/// Standard output or standard error without the lock of `std::io`, which a write that waits would hold.
struct Descriptor(BorrowedFd<'static>);

impl Write for Descriptor {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
