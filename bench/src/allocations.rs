//! Counts allocations, in this program and in the plugins that it loads.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;

/// How many times `work` allocates on this thread; `None` on platforms where they cannot be counted.
#[must_use]
pub(crate) fn allocations_in(work: impl FnOnce()) -> Option<u64> {
    let before = allocated();
    work();
    Some(allocated()?.saturating_sub(before?))
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn allocated() -> Option<u64> {
    Some(glibc::allocated())
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const fn allocated() -> Option<u64> {
    None
}
