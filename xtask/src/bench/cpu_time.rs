//! How long processes have run: unlike requests a second, what a request costs a server hardly depends
//! on what else the machine does.

use std::fs;

use rustix::process::Pid;

/// Nanoseconds of a process and its children, all threads; `None` where there is no such `/proc`.
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
