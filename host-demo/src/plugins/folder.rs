//! The drop folder: which files of it are meant.

use std::{
    env::consts::DLL_EXTENSION,
    fs,
    path::{Path, PathBuf},
};

use super::error::PluginLoadError;

/// The shared libraries of a folder, by name; not recursive, no hidden files.
///
/// # Errors
/// The folder is missing or cannot be read.
pub(super) fn libraries(folder: &Path) -> Result<Vec<PathBuf>, PluginLoadError> {
    let error = |source| PluginLoadError::Folder {
        path: folder.to_owned(),
        source,
    };
    // A path without a slash would make the dynamic linker search its own folders.
    let absolute = fs::canonicalize(folder).map_err(error)?;
    let mut found = Vec::new();
    for entry in fs::read_dir(&absolute).map_err(error)? {
        let path = entry.map_err(error)?.path();
        if is_library(&path) {
            found.push(path);
        } else {
            tracing::debug!(
                "{} is no shared library of this platform, ignored",
                path.display()
            );
        }
    }
    found.sort();
    Ok(found)
}

fn is_library(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'.'));
    !hidden
        && path
            .extension()
            .is_some_and(|extension| extension == DLL_EXTENSION)
}
