//! The process that tries a model: loads it within limits, and ends.

use std::{
    io::{self, Read as _},
    process::ExitCode,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::memory;
use crate::backend::models::{limits::ModelLimits, onnx_model::OnnxModel, store};

/// Reads a file from standard input and loads it. The exit code is 0 if that does not end the
/// process, whether or not the file is a model.
pub(crate) fn run(operators_max: usize, bytes_max: u64) -> ExitCode {
    match try_model(operators_max, bytes_max) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn try_model(operators_max: usize, bytes_max: u64) -> io::Result<()> {
    end_with_the_server();
    forgo_core_dump();
    memory::be_the_first_to_go();
    let mut file = Vec::new();
    io::stdin()
        .lock()
        .take(store::MODEL_FILE_BYTES_MAX)
        .read_to_end(&mut file)?;
    memory::limit(bytes_max.saturating_add(RESERVE_BYTES))?;
    let limits = ModelLimits {
        operators_max,
        bytes_max,
        // The server ends this process.
        load_timeout: Duration::MAX,
    };
    // An error is no reason to end otherwise: the server gets the same one.
    drop(OnnxModel::load(file, &limits));
    Ok(())
}

/// A model that never ends loading must not outlive a server that was killed.
fn end_with_the_server() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};

        let _ = set_parent_process_death_signal(Some(Signal::KILL));
    }
}

/// The memory of a model belongs in no file.
fn forgo_core_dump() {
    let limit = Rlimit {
        current: Some(0),
        maximum: getrlimit(Resource::Core).maximum,
    };
    let _ = setrlimit(Resource::Core, limit);
}

/// For the stacks of threads, and what the program itself allocates.
const RESERVE_BYTES: u64 = 16 * 1024 * 1024;
