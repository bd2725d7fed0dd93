//! Processor time of processes: unlike requests a second, the processor time of a request hardly
//! depends on the load of the machine.

use std::fs;

use rustix::process::Pid;

/// Nanoseconds of a process and its children, all threads; `None` without `/proc`.
pub(super) fn nanoseconds(process: Pid) -> Option<f64> {
    let id = process.as_raw_nonzero().get();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    let mut total = threads(id)?;
    for child in children.split_whitespace() {
        total += threads(child.parse().ok()?)?;
    }
    Some(total)
}

fn threads(id: i32) -> Option<f64> {
    let mut total = 0.0;
    for thread in fs::read_dir(format!("/proc/{id}/task")).ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        total += text.split_whitespace().next()?.parse::<f64>().ok()?;
    }
    Some(total)
}
