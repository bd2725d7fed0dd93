//! How many connections the process can hold open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for files, models, plugins and the runtime.
const RESERVED: u64 = 128;
/// Connections of one socket where the system sets no lower bound.
const CONNECTIONS_MAX: u64 = 8192;

/// Raises the limit of open files as far as the system allows, and divides it among the sockets:
/// many connections to one of them leave enough descriptors for the others and for files.
pub(crate) fn connections_max(sockets: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
    let limit = if raised.is_ok() { maximum } else { current };
    share(limit, sockets)
}

/// `limit` is none where the system sets none.
fn share(limit: Option<u64>, sockets: usize) -> usize {
    let sockets = u64::try_from(sockets).unwrap_or(u64::MAX).max(1);
    let shared = limit.map_or(CONNECTIONS_MAX, |limit| {
        limit.saturating_sub(RESERVED) / sockets
    });
    usize::try_from(shared.clamp(1, CONNECTIONS_MAX)).unwrap_or(1)
}

#[cfg(test)]
mod tests;
