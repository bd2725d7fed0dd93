//! The errors of a task.

use std::{io, process::ExitStatus};

/// Why a task failed, in one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// An operation of the operating system failed.
    #[error("{action}: {source}")]
    Io {
        /// What was attempted.
        action: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The build failed; cargo has printed the reason.
    #[error("cargo build: {0}")]
    Build(ExitStatus),
    /// A package has no artifact of the expected kind.
    #[error("package {package} has no {what}")]
    NoArtifact {
        /// The package.
        package: String,
        /// The kind of file.
        what: &'static str,
    },
    /// A program did not do what it was started for.
    #[error("{program}: {outcome}")]
    Program {
        /// Its name.
        program: String,
        /// What happened instead.
        outcome: String,
    },
}

impl TaskError {
    /// A program did not do what it was started for.
    pub(crate) fn program(program: &str, outcome: impl Into<String>) -> Self {
        Self::Program {
            program: program.to_owned(),
            outcome: outcome.into(),
        }
    }
}

/// Adds to an error of the operating system what was attempted.
pub(crate) trait ErrorContext<T> {
    /// `action` is evaluated only after a failure.
    ///
    /// # Errors
    /// Those of the operating system.
    fn context<A: Into<String>>(self, action: impl FnOnce() -> A) -> Result<T, TaskError>;
}

impl<T> ErrorContext<T> for io::Result<T> {
    fn context<A: Into<String>>(self, action: impl FnOnce() -> A) -> Result<T, TaskError> {
        self.map_err(|source| TaskError::Io {
            action: action().into(),
            source,
        })
    }
}
