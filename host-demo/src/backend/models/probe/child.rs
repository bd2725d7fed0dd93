//! The process that tries a model: loads it within limits, and ends.

use std::{
    io::{self, Read as _},
    process::ExitCode,
    time::Duration,
};

use super::memory;
use crate::{
    backend::models::{limits::ModelLimits, onnx_model::OnnxModel, store},
    trial::limits,
};

/// Reads a file from standard input and loads it. The exit code is 0 if that does not end the
/// process, whether or not the file is a model.
pub(crate) fn run(server_id: u32, operators_max: usize, bytes_max: u64) -> ExitCode {
    match try_model(server_id, operators_max, bytes_max) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn try_model(server_id: u32, operators_max: usize, bytes_max: u64) -> io::Result<()> {
    if !limits::enter(server_id) {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let mut file = Vec::new();
    io::stdin()
        .lock()
        .take(store::MODEL_FILE_BYTES_MAX)
        .read_to_end(&mut file)?;
    memory::limit(bytes_max.saturating_add(RESERVE_BYTES))?;
    let model_limits = ModelLimits {
        operators_max,
        bytes_max,
        // The server ends this process.
        load_timeout: Duration::MAX,
    };
    // An error is no reason to end otherwise: the server gets the same one.
    drop(OnnxModel::load(file, &model_limits));
    Ok(())
}

/// For the stacks of threads, and what the program itself allocates.
const RESERVE_BYTES: u64 = 16 * 1024 * 1024;
