//! The files that are loaded: copies in a private folder of this process.
//!
//! A copy is made of the bytes that were checked, so no other user can replace them. Its name is
//! never reused: the dynamic linker would return the old library for a known path. And the file in
//! the plugins folder may be overwritten while the copy runs, which would crash a server that runs
//! the file itself.

use std::{
    env::{self, consts::DLL_EXTENSION},
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use parking_lot::Mutex;
use tempfile::TempDir;

use super::candidate::Candidate;
use crate::{
    config::PluginTrust,
    plugins::trust::permissions::{PermissionError, Rules},
};

mod leftovers;
#[cfg(test)]
mod tests;

const PREFIX: &str = "host-demo-plugins-";
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o400;
/// Characters of a file's name that are kept, so that the new name is short enough.
const STEM_MAX: usize = 48;

/// Copies of this process so far.
static COPIES: AtomicU64 = AtomicU64::new(0);

/// A folder of mode 0700. It exists until the process has shut down, because a debugger, a profiler
/// and the backtrace of a panic read names of functions from the file.
#[derive(Debug)]
pub(crate) struct PrivateCopies {
    /// The path, also after the folder was removed.
    path: PathBuf,
    folder: Mutex<Option<TempDir>>,
    /// Shows other servers that the folder is in use.
    in_use: File,
}

/// One copy. Dropping it deletes it, unless a library was loaded from it.
#[derive(Debug)]
pub(crate) struct PrivateCopy {
    folder: PathBuf,
    path: PathBuf,
    is_kept: bool,
}

impl PrivateCopies {
    /// Creates the folder: in `plugins_cache_path`, else in `$RUNTIME_DIRECTORY`, else in the
    /// temporary folder.
    ///
    /// # Errors
    /// It cannot be created, libraries cannot be loaded from there, or others can replace it.
    pub(crate) fn create(trust: &PluginTrust) -> Result<Self, CopiesFolderError> {
        let parent = choose_parent(trust);
        let refused = |reason| CopiesFolderError {
            path: parent.clone(),
            reason,
        };
        let parent_path = fs::canonicalize(&parent).map_err(|error| refused(error.into()))?;
        if forbids_loading(&parent_path) {
            return Err(refused(CopiesError::NoExec));
        }
        leftovers::remove(&parent_path, PREFIX, SystemTime::now());
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(FOLDER_MODE))
            .tempdir_in(&parent_path)
            .map_err(|error| refused(error.into()))?;
        Rules::new(trust)
            .check_parents(folder.path())
            .map_err(|error| refused(error.into()))?;
        let in_use = leftovers::lock(folder.path()).map_err(|error| refused(error.into()))?;
        Ok(Self {
            path: folder.path().to_owned(),
            folder: Mutex::new(Some(folder)),
            in_use,
        })
    }

    /// Where it was created.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the folder is still where it was created. It may have been deleted, and another one
    /// created at its path.
    pub(crate) fn is_in_place(&self) -> bool {
        let identity = |found: Metadata| (found.dev(), found.ino());
        let created = self.in_use.metadata().map(identity);
        let found = fs::symlink_metadata(&self.path).map(identity);
        matches!((created, found), (Ok(created), Ok(found)) if created == found)
    }

    /// Writes the bytes of a candidate.
    ///
    /// # Errors
    /// The file cannot be written; nothing of it is left.
    pub(crate) fn write(&self, candidate: &Candidate) -> Result<PrivateCopy, CopyError> {
        let path = self.path.join(next_name(candidate));
        let failed = |reason| CopyError {
            copy: path.clone(),
            reason,
        };
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(FILE_MODE);
        let mut file = options.open(&path).map_err(failed)?;
        let copy = PrivateCopy {
            folder: self.path.clone(),
            path: path.clone(),
            is_kept: false,
        };
        file.write_all(&candidate.bytes).map_err(failed)?;
        Ok(copy)
    }

    /// Removes the copies; loaded libraries stay in memory. Only the first call has an effect.
    pub(crate) fn remove(&self) {
        let Some(folder) = self.folder.lock().take() else {
            return;
        };
        if !self.is_in_place() {
            // What has its path by now is not this server's.
            let _ = folder.keep();
            return;
        }
        if let Err(error) = folder.close() {
            let path = self.path.display();
            tracing::warn!("{path}: the copies of the plugins cannot be removed: {error}");
        }
    }
}

impl Drop for PrivateCopies {
    fn drop(&mut self) {
        self.remove();
    }
}

impl PrivateCopy {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The private folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A library was loaded from it: it is deleted with its folder.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for PrivateCopy {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("{}: cannot be removed: {error}", self.path.display());
        }
    }
}

/// The folder for copies of plugins cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("folder for copies of plugins {}: {reason}", path.display())]
pub struct CopiesFolderError {
    /// The folder in which it was to be created.
    pub path: PathBuf,
    /// The reason.
    pub reason: CopiesError,
}

/// A copy cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("its copy {} cannot be written: {reason}", copy.display())]
pub struct CopyError {
    /// The path of the copy.
    pub copy: PathBuf,
    /// From the operating system.
    pub reason: io::Error,
}

/// Why copies of plugins cannot be kept in a folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopiesError {
    /// From the operating system.
    #[error(
        "{0}: expected a folder that the server can write: choose one with --plugins-cache-path DIR"
    )]
    Io(io::Error),
    /// No library can be loaded from this file system.
    #[error(
        "mounted with noexec, so no library can be loaded from it: choose a folder on another file system with --plugins-cache-path DIR"
    )]
    NoExec,
    /// Others can replace the files in it.
    #[error(transparent)]
    Permission(#[from] PermissionError),
}

impl From<io::Error> for CopiesError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// `/run`, where systemd creates `$RUNTIME_DIRECTORY`, is mounted with noexec by some
/// distributions; a folder that the operator chose is never skipped.
fn choose_parent(trust: &PluginTrust) -> PathBuf {
    let of_service = || {
        let folder = trust.runtime_path.clone();
        folder.filter(|folder| !forbids_loading(folder))
    };
    let chosen = trust.cache_path.clone().or_else(of_service);
    chosen.unwrap_or_else(env::temp_dir)
}

#[cfg(target_os = "linux")]
fn forbids_loading(folder: &Path) -> bool {
    use rustix::fs::StatVfsMountFlags;

    rustix::fs::statvfs(folder).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

/// On other systems the dynamic linker reports it.
#[cfg(not(target_os = "linux"))]
const fn forbids_loading(_folder: &Path) -> bool {
    false
}

/// `<stem>-<first digits of the digest>-g<number>.<extension>`.
fn next_name(candidate: &Candidate) -> String {
    let number = COPIES.fetch_add(1, Ordering::Relaxed) + 1;
    let stem = candidate.path.file_stem().unwrap_or_default();
    let stem: String = stem.to_string_lossy().chars().take(STEM_MAX).collect();
    let digest = candidate.sha256.short();
    format!("{stem}-{digest}-g{number}.{DLL_EXTENSION}")
}
