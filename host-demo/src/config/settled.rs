//! A file that may be written while it is read.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

use super::{error::ConfigError, reread::RereadError};

#[cfg(test)]
mod tests;

/// Between two looks at a file that was changed a moment ago.
pub(super) const PAUSE: Duration = Duration::from_millis(50);
/// How often a file is read that always changes meanwhile.
const READINGS_MAX: usize = 40;
/// A file that was changed before that is not being written.
const AT_REST: Duration = Duration::from_secs(1);

/// Reads a file until it is the same before and, if it was changed a moment ago, a pause afterwards.
///
/// # Errors
/// That of `read`, or the file changes all the time.
pub(super) fn read<T>(
    path: &Path,
    read: impl Fn() -> Result<T, ConfigError>,
    pause: impl Fn(),
) -> Result<T, RereadError> {
    for _ in 0..READINGS_MAX {
        let before = look(path);
        let found = read();
        if !before.is_some_and(Version::is_at_rest) {
            pause();
        }
        if look(path) == before {
            return Ok(found?);
        }
    }
    Err(RereadError::Changing {
        path: path.to_owned(),
    })
}

/// What changes when a file is written or replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Version {
    file: (u64, u64),
    bytes: u64,
    modified: Option<SystemTime>,
}

/// None if there is no such file.
fn look(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some(Version {
        file: (metadata.dev(), metadata.ino()),
        bytes: metadata.len(),
        modified: metadata.modified().ok(),
    })
}

impl Version {
    fn is_at_rest(self) -> bool {
        // A time in the future says nothing.
        let age = self.modified.and_then(|time| time.elapsed().ok());
        age.is_some_and(|age| age > AT_REST)
    }
}
