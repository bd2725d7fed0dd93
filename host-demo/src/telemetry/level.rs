//! How much is logged.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

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

impl LogLevel {
    pub(super) fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
