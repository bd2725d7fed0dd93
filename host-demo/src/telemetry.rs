//! What the server writes while it runs: the log, the access log and the metrics.
//!
//! The log goes to standard error, so that standard output stays free for the results of a command
//! (`--check`) and the access log. TorchServe writes to standard output and to files; redirect to
//! get the same. Lines are written by the thread that logs: the log is for rare events.

use std::io;

use clap::ValueEnum;
use thiserror::Error;
use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

pub(crate) use self::escape::push_value;
use self::line::LineFormat;
pub use self::{
    access_log::{AccessLog, AccessLogGuard, Exchange},
    format::LogFormat,
};

mod access_log;
pub mod error_chain;
mod escape;
mod format;
mod line;
pub(crate) mod log_limit;
pub(crate) mod metrics;
mod record;

/// The target of what an auditor asks for later.
pub(crate) const AUDIT: &str = "audit";

/// The least important level that is logged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogLevel {
    /// Something was lost
    Error,
    /// Something went wrong and was handled
    Warn,
    /// Start, stop, plugins, rotations
    #[default]
    Info,
    /// Decisions, for finding faults
    Debug,
    /// Everything
    Trace,
}

/// The log of this process was set up before.
#[derive(Debug, Error)]
#[error("the log is already set up")]
pub struct LogAlreadySet;

/// Sends the log of the whole process to standard error.
///
/// # Errors
/// If it was called before.
pub fn start_log(format: LogFormat, level: LogLevel) -> Result<(), LogAlreadySet> {
    let log = subscriber(LineFormat::new(format), level, io::stderr);
    tracing::subscriber::set_global_default(log).map_err(|_| LogAlreadySet)
}

fn subscriber<W>(format: LineFormat, level: LogLevel, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = level.filter();
    // Libraries may log whole requests below WARN, keys included.
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::from_level(Level::WARN)))
        .with_target("host_demo", level)
        .with_target(AUDIT, level);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        // The error report would use a macro that panics when standard error is closed.
        .log_internal_errors(false)
        .event_format(format)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

impl LogLevel {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

#[cfg(test)]
mod tests;
