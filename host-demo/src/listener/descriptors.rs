//! How many connections the process can hold open.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

#[cfg(test)]
mod tests;

/// Kept for what is opened while connections are: the key file, a plugin and its copy, a model, and the
/// responses about them.
const SPARE: u64 = 16;
/// What an event loop of tokio opens.
const EVENT_LOOP: u64 = 3;
/// Kept in all where the system allows more than a few files.
const RESERVED: u64 = 128;
/// Connections of one socket where the system sets no lower bound.
const CONNECTIONS_MAX: u64 = 8192;

/// The system allows fewer open files than the server needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{limit} open files at once are too few: expected at least {needed} (ulimit -n, LimitNOFILE=)"
)]
#[non_exhaustive]
pub struct TooFewDescriptors {
    /// The limit of the process.
    pub limit: u64,
    /// With one connection on each socket.
    pub needed: u64,
}

/// Raises the limit of open files as far as the system allows, and divides what is left of it among the
/// sockets: many connections to one of them leave enough descriptors for the others, and all of them
/// enough for the keys and the plugins.
///
/// To be called once all else is open.
///
/// # Errors
/// There is not one connection for each socket.
pub(crate) fn connections_max(sockets: usize) -> Result<usize, TooFewDescriptors> {
    share(raised_limit(), open(), sockets)
}

/// Raises the limit, and refuses one that is too low before anything is opened.
///
/// # Errors
/// It will not be enough for the sockets and for the event loops.
pub(crate) fn check(sockets: usize, event_loops: usize) -> Result<(), TooFewDescriptors> {
    let event_loops = u64::try_from(event_loops).unwrap_or(u64::MAX);
    let opened = event_loops.saturating_mul(EVENT_LOOP);
    let open = open().saturating_add(opened);
    // A socket listens, and has at least one connection.
    share(raised_limit(), open, sockets.saturating_mul(2)).map(drop)
}

/// None where the system sets none.
fn raised_limit() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
    if raised.is_ok() { maximum } else { current }
}

/// How many are open. Where they cannot be counted, the reserve has to be enough.
fn open() -> u64 {
    fs::read_dir("/proc/self/fd").map_or(RESERVED - SPARE, |open| {
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    })
}

/// `limit` is none where the system sets none.
fn share(limit: Option<u64>, open: u64, sockets: usize) -> Result<usize, TooFewDescriptors> {
    let sockets = u64::try_from(sockets).unwrap_or(u64::MAX).max(1);
    let shared = match limit {
        None => CONNECTIONS_MAX,
        Some(limit) => shared(limit, open, sockets)? / sockets,
    };
    Ok(usize::try_from(shared.clamp(1, CONNECTIONS_MAX)).unwrap_or(1))
}

/// What all connections together may have: all but the reserve, or half of what is left of a low limit.
fn shared(limit: u64, open: u64, sockets: u64) -> Result<u64, TooFewDescriptors> {
    let kept = open.saturating_add(SPARE);
    let needed = kept.saturating_add(sockets);
    if limit < needed {
        return Err(TooFewDescriptors { limit, needed });
    }
    let left = limit - kept;
    let above_reserve = limit.saturating_sub(RESERVED);
    Ok(above_reserve.max(left / 2).max(sockets).min(left))
}
