//! Reads the key file.

use std::{fs, path::Path};

use serde_json::Value;

use crate::error::{ErrorContext as _, TaskError};

/// The key of one kind: `management`, `inference` or `API`.
///
/// # Errors
/// The file cannot be read, or does not contain it.
pub(crate) fn read(key_file: &Path, kind: &str) -> Result<String, TaskError> {
    let bytes = fs::read(key_file).context(|| format!("reading {}", key_file.display()))?;
    let keys: Value = serde_json::from_slice(&bytes)
        .map_err(|error| TaskError::program("key file", error.to_string()))?;
    let key = keys[kind]["key"].as_str().map(str::to_owned);
    key.ok_or_else(|| TaskError::program("key file", format!("contains no {kind} key")))
}
