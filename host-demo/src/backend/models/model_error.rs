//! Why a model file is not served, and why a loaded model failed.

use std::{any::Any, io, process::ExitStatus};

use thiserror::Error;

use super::limits::ModelLimitError;

/// A loaded model failed on a request.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// An operator of the model failed, or a value is not what the file declares.
    #[error("the model failed: {reason}")]
    Failed {
        /// The error of rten.
        reason: String,
    },
    /// The output of a classifier has the wrong shape, or is not a probability distribution.
    #[error("the model did not return one probability for each class")]
    NotProbabilities,
    /// The inference panicked.
    #[error("the model panicked: {reason}")]
    Panicked {
        /// The panic's message.
        reason: String,
    },
}

impl InferenceError {
    pub(super) fn panicked(payload: &(dyn Any + Send)) -> Self {
        Self::Panicked {
            reason: panic_message(payload),
        }
    }

    pub(super) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed {
            reason: error.to_string(),
        }
    }
}

/// A model file that cannot be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not ONNX, or a graph that is not valid.
    #[error("the model cannot be loaded: {reason}")]
    Load {
        /// The error of rten.
        reason: String,
    },
    /// Operators that rten does not have, such as those of `ai.onnx.ml`.
    #[error("the model cannot be loaded: not supported: {unsupported}; supported: {supported}")]
    Operators {
        /// All of the model's, separated by commas.
        unsupported: String,
        /// All that there are, separated by commas.
        supported: String,
    },
    /// Inputs or outputs that are not served.
    #[error("the model is not suitable: {reason}")]
    Unsuitable {
        /// What is expected and what was found.
        reason: String,
    },
    /// A metadata entry that is not as expected.
    #[error("the model's metadata entry \"{entry}\" is not valid: {reason}")]
    Metadata {
        /// Its key.
        entry: &'static str,
        /// What is expected.
        reason: String,
    },
    /// It is over a limit.
    #[error(transparent)]
    Limit(#[from] ModelLimitError),
    /// Loading it ended the process in which it was tried.
    #[error("loading it ends the process that tries it: {ending}")]
    Died {
        /// By a signal, or with an exit code.
        ending: ExitStatus,
    },
    /// The system allows no further thread for loading it.
    #[error("a thread for loading it cannot be started")]
    Thread {
        /// The error of the system.
        source: io::Error,
    },
    /// A classifier that loads, but fails on a black image.
    #[error("the model failed on a black image")]
    Trial {
        /// Why.
        source: InferenceError,
    },
}

impl ModelError {
    pub(super) fn unsuitable(reason: impl Into<String>) -> Self {
        Self::Unsuitable {
            reason: reason.into(),
        }
    }
}

/// The message of a panic, from its payload.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").to_owned()
}
