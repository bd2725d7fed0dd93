//! `host-demo try-model`: the process in which the server tries a model before it loads it.

use std::process::ExitCode;

use crate::backend::models::try_model;

/// Loads the model on standard input within limits.
///
/// The exit code is 0 if the process survives that, whether or not the file is a model.
#[must_use]
pub fn run(operators_max: usize, bytes_max: u64) -> ExitCode {
    try_model(operators_max, bytes_max)
}
