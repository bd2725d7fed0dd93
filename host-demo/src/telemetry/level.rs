//! How much is logged.

use std::str::FromStr;

use tracing::level_filters::LevelFilter;

/// The least important level that is logged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogLevel {
    /// Something was lost.
    Error,
    /// Something went wrong and was handled.
    Warn,
    /// Start, stop, plugins, rotations.
    #[default]
    Info,
    /// Decisions, for finding faults.
    Debug,
    /// Everything.
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

impl FromStr for LogLevel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err("error, warn, info, debug or trace"),
        }
    }
}
