//! Removes the folders of servers that were killed.

use std::{
    fs::{self, DirEntry, File},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
    time::{Duration, SystemTime},
};

#[cfg(test)]
mod tests;

/// A younger folder may belong to a server that has not locked it yet.
const AGE_MIN: Duration = Duration::from_secs(60);

/// Marks a folder as in use for as long as the handle is open. The system closes it even if the
/// process is killed.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    let handle = File::open(folder)?;
    handle.try_lock()?;
    Ok(handle)
}

/// Removes this user's folders with that prefix that no process holds. A folder that cannot be
/// removed stays.
pub(super) fn remove(parent: &Path, prefix: &str, now: SystemTime) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    let named = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(prefix.as_bytes())
    });
    for entry in named.filter(|entry| is_ours_and_old(entry, now)) {
        let folder = entry.path();
        let Ok(_locked) = lock(&folder) else {
            continue;
        };
        match fs::remove_dir_all(&folder) {
            Ok(()) => tracing::debug!("{}: left by a killed server, removed", folder.display()),
            Err(error) => tracing::debug!("{}: cannot be removed: {error}", folder.display()),
        }
    }
}

/// The entry itself is inspected, so another user's link is not followed.
fn is_ours_and_old(entry: &DirEntry, now: SystemTime) -> bool {
    let Ok(metadata) = entry.metadata() else {
        return false;
    };
    let age = metadata
        .modified()
        .ok()
        .and_then(|modified| now.duration_since(modified).ok());
    metadata.is_dir()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && age.is_some_and(|age| age >= AGE_MIN)
}
