//! The plugins folder: which of its files are plugins, and the targets of its links.

use std::{
    collections::BTreeMap,
    env::consts::DLL_EXTENSION,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags};

use super::{
    permissions::{PermissionError, Rules},
    regular_file::FileError,
};

#[cfg(test)]
mod tests;

/// A folder whose owner and mode have been checked, and those of every folder above it.
#[derive(Debug)]
pub(crate) struct PluginFolder {
    path: PathBuf,
    rules: Rules,
}

impl PluginFolder {
    /// Opens the folder and checks it.
    ///
    /// # Errors
    /// It is missing, not a folder, cannot be read, or others can write it.
    pub(crate) fn open(folder: &Path, rules: Rules) -> Result<Self, FolderError> {
        // A path without a slash would make the dynamic linker search its own folders.
        let canonical = fs::canonicalize(folder)?;
        check(&canonical, &rules)?;
        Ok(Self {
            path: canonical,
            rules,
        })
    }

    /// The shared libraries, by name; not recursive, no hidden files.
    ///
    /// A file with two names, such as `libtoken.so -> libtoken-1.2.so`, is listed once.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn libraries(&self) -> Result<Vec<PathBuf>, FolderError> {
        let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if !is_library(&path) {
                let path = path.display();
                tracing::debug!("{path} is not a shared library of this platform, ignored");
                continue;
            }
            // A dangling link stays in the list; reading it reports the error.
            let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let name = found.entry(target.clone()).or_insert_with(|| path.clone());
            if path == target || (*name != target && path < *name) {
                *name = path;
            }
        }
        let mut names: Vec<PathBuf> = found.into_values().collect();
        names.sort();
        Ok(names)
    }

    /// The canonical path of a file of the folder.
    ///
    /// # Errors
    /// It is missing, or a link that leads out of the folder or through a folder that others can
    /// write.
    pub(crate) fn resolve(&self, file: &Path) -> Result<PathBuf, FileError> {
        if !fs::symlink_metadata(file)?.is_symlink() {
            return Ok(file.to_owned());
        }
        let target = match fs::canonicalize(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let target = fs::read_link(file)?;
                return Err(FileError::BrokenLink { target });
            }
            target => target?,
        };
        if !target.starts_with(&self.path) {
            return Err(FileError::EscapingLink {
                target,
                folder: self.path.clone(),
            });
        }
        let below = target.ancestors().skip(1);
        for folder in below.take_while(|folder| *folder != self.path) {
            self.rules
                .check_folder(folder, &fs::symlink_metadata(folder)?)?;
        }
        Ok(target)
    }
}

/// Why plugins are not loaded from a folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// From the operating system.
    #[error("{0}: expected a readable folder")]
    Io(io::Error),
    /// Others can put plugins into it.
    #[error(transparent)]
    Permission(#[from] PermissionError),
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn check(canonical: &Path, rules: &Rules) -> Result<(), FolderError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::open(canonical, flags, Mode::empty());
    let metadata = File::from(opened.map_err(io::Error::from)?).metadata()?;
    rules.check_folder(canonical, &metadata)?;
    Ok(rules.check_parents(canonical)?)
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
