//! Files that plugins are made of or that say which may be loaded: who may write them is checked on
//! what was opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::permissions::{PermissionError, Rules};
use crate::files::{RegularFile, RegularFileError};

#[cfg(test)]
mod tests;

/// The bytes of the regular file at a canonical path, if it satisfies the rules.
///
/// # Errors
/// It is not a regular file, is over the limit, violates a rule, or changes while it is read.
pub(crate) fn read(path: &Path, bytes_max: u64, rules: &Rules) -> Result<Vec<u8>, FileError> {
    let mut file = RegularFile::open_without_link(path)?;
    rules.check_file(path, file.metadata())?;
    let bytes = file.read(bytes_max)?;
    let is_whole = bytes.len() as u64 == file.metadata().len();
    if !is_whole || file.has_changed()? {
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
    /// It cannot be opened or read, or is over the limit.
    #[error(transparent)]
    Read(RegularFileError),
    /// A folder, a pipe, a device.
    #[error("{0}: remove or replace it")]
    NotRegular(RegularFileError),
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

impl From<RegularFileError> for FileError {
    fn from(error: RegularFileError) -> Self {
        match error {
            RegularFileError::NotRegular { .. } => Self::NotRegular(error),
            error => Self::Read(error),
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        Self::Read(error.into())
    }
}
