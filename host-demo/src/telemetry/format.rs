//! The shape of the lines of both logs.

use clap::ValueEnum;

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum LogFormat {
    /// TorchServe's shape, for people
    #[default]
    Text,
    /// One JSON object on each line, for programs
    Json,
}
