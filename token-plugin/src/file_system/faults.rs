//! Calls that fail where a test wants it.

use std::{cell::RefCell, io};

use rustix::io::Errno;

/// Which calls of this thread fail, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None.
    #[default]
    Never,
    /// This one alone: the disk was full, or no descriptor was free, for a moment.
    Once(usize),
    /// This one and all after it: nothing more reaches the disk, as if the process had been killed.
    From(usize),
}

#[derive(Debug, Default)]
struct State {
    fault: Fault,
    calls: Vec<&'static str>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Does the work with this fault, and returns the calls that were made, too.
pub(crate) fn with<T>(fault: Fault, work: impl FnOnce() -> T) -> (T, Vec<&'static str>) {
    let calls = Vec::new();
    STATE.replace(State { fault, calls });
    let result = work();
    let State { calls, .. } = STATE.take();
    (result, calls)
}

/// Counts the call, and fails if it is to fail.
pub(super) fn permit(call: &'static str) -> io::Result<()> {
    STATE.with_borrow_mut(|state| {
        let number = state.calls.len();
        state.calls.push(call);
        match state.fault {
            Fault::Once(failing) if failing == number => Err(Errno::NOSPC.into()),
            Fault::From(first) if first <= number => Err(Errno::NOSPC.into()),
            _ => Ok(()),
        }
    })
}
