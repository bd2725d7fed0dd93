use std::{fmt, sync::Arc};

use abi_stable::std_types::RStr;

use crate::abi::RawHostBox;

/// The host's log; every line carries the plugin's name. Never log a key.
///
/// The host escapes control characters, so that one message is one line.
///
/// # Threading
/// May be cloned, kept and used from any thread.
///
/// # Since
/// 1.0
#[derive(Clone)]
pub struct Log {
    host: Arc<RawHostBox>,
}

impl Log {
    pub(crate) const fn new(host: Arc<RawHostBox>) -> Self {
        Self { host }
    }

    /// Writes one line.
    pub fn write(&self, level: LogLevel, message: &str) {
        self.host.log(level as u8, RStr::from_str(message));
    }

    /// Something was lost and an operator should look.
    pub fn error(&self, message: &str) {
        self.write(LogLevel::Error, message);
    }

    /// Something unexpected happened and was handled.
    pub fn warn(&self, message: &str) {
        self.write(LogLevel::Warn, message);
    }

    /// Start, stop, and what changes in between.
    pub fn info(&self, message: &str) {
        self.write(LogLevel::Info, message);
    }

    /// Everything else.
    pub fn debug(&self, message: &str) {
        self.write(LogLevel::Debug, message);
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Log").finish_non_exhaustive()
    }
}

/// The severity of a line of the log. The number crosses the boundary: the smaller, the more severe.
///
/// # Since
/// 1.0
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something was lost.
    Error = 1,
    /// Something unexpected happened and was handled.
    Warn = 2,
    /// Start, stop, and what changes in between.
    Info = 3,
    /// Everything else.
    Debug = 4,
}
