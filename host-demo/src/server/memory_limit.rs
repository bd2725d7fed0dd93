//! How much memory this process can have.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Resource, getrlimit};

/// What is assumed where nothing says how much memory there is.
const UNKNOWN_BYTES: u64 = 1024 * 1024 * 1024;

/// The part of the memory that bodies may take: a quarter.
const DIVISOR: u64 = 4;

/// The bytes that bodies may take by default: a quarter of the memory.
pub(super) fn default_buffered_bytes() -> usize {
    let address_space = getrlimit(Resource::As).current;
    let memory = memory_bytes(Path::new("/"), address_space);
    usize::try_from(memory / DIVISOR).unwrap_or(usize::MAX)
}

/// The smallest of the machine's memory, the limits of the own control group and of those above it, and
/// `ulimit -v`. `root` is where `/proc` and `/sys` are.
fn memory_bytes(root: &Path, address_space: Option<u64>) -> u64 {
    let groups = control_groups(root).into_iter();
    let limits = groups.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    let all = limits.chain(machine_bytes(root)).chain(address_space);
    all.min().unwrap_or(UNKNOWN_BYTES)
}

/// `MemTotal:       16384 kB`
fn machine_bytes(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let mut lines = text.lines();
    let total = lines.find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The files that may have a limit, `0::/a/b` being group `/a/b` of version 2 and `4:memory:/a/b` that
/// of version 1. In a container the own group may be the top one, whatever its name is outside.
fn control_groups(root: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut files = Vec::new();
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (folder, file) = if controllers.is_empty() {
            ("sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|one| one == "memory") {
            ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            continue;
        };
        let group = Path::new(group.trim_start_matches('/'));
        let folder = root.join(folder);
        files.extend(group.ancestors().map(|one| folder.join(one).join(file)));
    }
    files
}

#[cfg(test)]
mod tests;
