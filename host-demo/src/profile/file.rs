//! A data file of the operator's own.

use std::path::{Path, PathBuf};

use super::error::ProfileError;
use crate::files::{self, RegularFileError};

/// Some fifty times the largest built-in profile.
const FILE_BYTES_MAX: u64 = 512 * 1024;

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileFileError {
    /// It cannot be read, is too large to be a profile, or is not UTF-8.
    #[error("cannot read the profile {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: RegularFileError,
    },
    /// What it says is wrong.
    #[error(transparent)]
    Invalid(#[from] ProfileError),
}

pub(super) fn read_text(path: &Path) -> Result<String, ProfileFileError> {
    files::read_text(path, FILE_BYTES_MAX).map_err(|reason| ProfileFileError::Read {
        path: path.to_owned(),
        reason,
    })
}
