//! `host-demo try-model`: the process in which the server tries a model before it loads it.

use std::process::ExitCode;

use crate::backend::models::try_model;

/// Loads the model on standard input within limits, for the server with this process id.
///
/// The exit code is 0 if the process survives that, whether or not the file is a model.
#[must_use]
pub fn run(server_id: u32, operators_max: usize, bytes_max: u64) -> ExitCode {
    try_model(server_id, operators_max, bytes_max)
}
