//! What the server writes while it runs: the log, the access log and the metrics.
//!
//! The log goes to standard error, so that standard output stays free for the results of a command
//! (`--check`) and the access log. TorchServe writes to standard output and to files; redirect to
//! get the same. Each of the two has a thread that writes its lines.

pub(crate) use self::{
    access_log::{AccessLog, Exchange},
    escape::push_value,
    key_form::KeyForm,
    subscriber::{AUDIT, LevelSwitch},
};
pub use self::{
    format::LogFormat,
    level::LogLevel,
    logs::{LogError, LogHandles, Logs},
};

mod access_log;
pub mod error_chain;
mod escape;
mod format;
mod key_form;
mod level;
mod line;
mod line_queue;
pub(crate) mod log_limit;
mod logs;
pub(crate) mod metrics;
mod record;
mod subscriber;
#[cfg(test)]
pub(crate) mod test_support;
pub(crate) mod time;
