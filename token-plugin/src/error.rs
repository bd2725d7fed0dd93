//! Why keys could not be made.

use std::error::Error;

use token_core::{ExpiryOutOfRange, KeyError};

use crate::{key_file::KeyFileError, lock::LockError};

/// Why keys could not be made, written and made valid. The old keys, if any, stay as they were.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// No key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The clock is far off.
    #[error(transparent)]
    Expiry(#[from] ExpiryOutOfRange),
    /// The key file was not written.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The key file belongs to another server.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// One key was to be replaced before the first three were made.
    #[error("there are no keys yet: all three are made first")]
    NoKeys,
    /// The server shuts down.
    #[error("there are no keys any more: the server shuts down")]
    Closed,
    /// The keys are a successor's now.
    #[error("a newer build of the plugin is in place")]
    Retired,
}

/// An error and what caused it, in one line.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
