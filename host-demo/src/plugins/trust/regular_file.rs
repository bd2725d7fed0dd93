//! Opens a file once, then checks and reads it through the open descriptor.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags};

use super::permissions::{PermissionError, Rules};

#[cfg(test)]
mod tests;

/// The bytes of the regular file at a canonical path, if it satisfies the rules.
///
/// # Errors
/// It is not a regular file, is over the limit, violates a rule, or changes while it is read.
pub(crate) fn read(path: &Path, bytes_max: u64, rules: &Rules) -> Result<Vec<u8>, FileError> {
    // Opening a device can have side effects.
    check_type(fs::symlink_metadata(path)?.file_type())?;
    // Without NONBLOCK, a pipe that replaces the file at this moment would block the start.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file =
        File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?);
    let before = file.metadata()?;
    check_type(before.file_type())?;
    rules.check_file(path, &before)?;
    let found = before.len();
    if found > bytes_max {
        return Err(FileError::TooLarge { found, bytes_max });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found).unwrap_or_default());
    file.by_ref().take(found).read_to_end(&mut bytes)?;
    let is_whole = bytes.len() as u64 == found;
    if !is_whole || version_of(&file.metadata()?) != version_of(&before) {
        return Err(FileError::Changed);
    }
    Ok(bytes)
}

/// Like [`read`], for a file that was named by the operator: it may be in any folder; every folder
/// above it must satisfy the rules as well.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_elsewhere(
    path: &Path,
    bytes_max: u64,
    rules: &Rules,
) -> Result<Vec<u8>, FileError> {
    let canonical = fs::canonicalize(path)?;
    rules.check_parents(&canonical)?;
    read(&canonical, bytes_max, rules)
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// From the operating system.
    #[error("{0}")]
    Io(io::Error),
    /// A folder, a pipe, a device.
    #[error("{found}: expected a regular file: remove or replace it")]
    NotRegular {
        /// The type of the file.
        found: &'static str,
    },
    /// Over the limit.
    #[error("{found} bytes: expected at most {bytes_max}")]
    TooLarge {
        /// The size of the file, in bytes.
        found: u64,
        /// The limit, in bytes.
        bytes_max: u64,
    },
    /// The file is being written.
    #[error("changed while it was read: copy files with install or mv, not with cp")]
    Changed,
    /// A link to a file outside of the folder.
    #[error("a link to {}: expected a link to a file in {}: copy the file into the folder", target.display(), folder.display())]
    EscapingLink {
        /// Its target.
        target: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// A dangling link.
    #[error("a link to {}, which does not exist: expected a link to a file: remove or correct it", target.display())]
    BrokenLink {
        /// Its target.
        target: PathBuf,
    },
    /// Other users can write it.
    #[error(transparent)]
    Permission(#[from] PermissionError),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn check_type(found: FileType) -> Result<(), FileError> {
    let found = if found.is_file() {
        return Ok(());
    } else if found.is_dir() {
        "a folder"
    } else if found.is_symlink() {
        "a link"
    } else if found.is_fifo() {
        "a pipe"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(FileError::NotRegular { found })
}

/// The attributes that change when a file is written.
fn version_of(metadata: &Metadata) -> (u64, i64, i64) {
    (metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}
