//! A data file of the operator's own.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::error::ProfileError;

/// Some fifty times the largest built-in profile.
const FILE_BYTES_MAX: usize = 512 * 1024;

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileFileError {
    /// It cannot be read, or is not UTF-8.
    #[error("cannot read the profile {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is too large to be a profile.
    #[error("the profile {} is larger than {limit_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: usize,
    },
    /// What it says is wrong.
    #[error(transparent)]
    Invalid(#[from] ProfileError),
}

pub(super) fn read_text(path: &Path) -> Result<String, ProfileFileError> {
    let unreadable = |source| ProfileFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut file = file.take(limit.saturating_add(1));
    file.read_to_string(&mut text).map_err(unreadable)?;
    if text.len() > FILE_BYTES_MAX {
        return Err(ProfileFileError::TooLarge {
            path: path.to_owned(),
            limit_bytes: FILE_BYTES_MAX,
        });
    }
    Ok(text)
}
