//! What can go wrong in a task.

use std::{io, process::ExitStatus};

/// Why a task did not end well; one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was to be done.
        doing: String,
        /// Why it was not.
        source: io::Error,
    },
    /// The compiler has said why.
    #[error("cargo build: {0}")]
    Build(ExitStatus),
    /// A package does not give what is needed of it.
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
        /// What it did instead.
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

/// Says what was to be done when the operating system refused it.
pub(crate) trait Doing<T> {
    /// `doing` is asked for only after a failure.
    ///
    /// # Errors
    /// Those of the operating system.
    fn doing<D: Into<String>>(self, doing: impl FnOnce() -> D) -> Result<T, TaskError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing<D: Into<String>>(self, doing: impl FnOnce() -> D) -> Result<T, TaskError> {
        self.map_err(|source| TaskError::Io {
            doing: doing().into(),
            source,
        })
    }
}
