//! The threads for work that blocks, of which the first ones are started with the server.

use super::startup::StartError;
use crate::{blocking::BlockingThreads, request::application::RequestThreads};

/// Reloads that run or wait for each other. Each may hang in a plugin, and the next one still reads the
/// certificate.
const RELOADS_MAX: usize = 4;
/// Calls of `/token` at once; its endpoint allows as many.
const ROTATIONS_MAX: usize = 16;
/// Other calls of plugins and changes of models at once.
const CALLS_MAX: usize = 512;

/// One group for each kind of work that must not wait for another kind.
#[derive(Debug)]
pub(super) struct Threads {
    pub(super) reload: BlockingThreads,
    pub(super) request: RequestThreads,
}

impl Threads {
    /// # Errors
    /// A thread cannot be started.
    pub(super) fn start() -> Result<Self, StartError> {
        let start = |name, max| BlockingThreads::start(name, 1, max).map_err(StartError::Thread);
        Ok(Self {
            reload: start("reload", RELOADS_MAX)?,
            request: RequestThreads {
                rotations: start("rotation", ROTATIONS_MAX)?,
                others: start("blocking", CALLS_MAX)?,
            },
        })
    }
}
