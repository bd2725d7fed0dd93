//! The key file on disk.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags};

use crate::{
    leftovers::TemporaryName,
    owned_file::{Identity, UnfitFile, inspect_path},
};

#[cfg(test)]
mod tests;

/// The file in which the operator reads the keys. It is written, and never read back.
///
/// Not synchronized with other writers: that is what the [lock](crate::lock) is for.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    folder: PathBuf,
    temporary_name: TemporaryName,
    /// The file that was written last. Kept open, so that the system gives its identity to no other
    /// file.
    written: Option<File>,
}

/// What has to be reported of a key file that was written.
#[derive(Debug)]
#[must_use]
pub(crate) struct Written {
    /// Whether the new name of the file would survive a loss of power. If not, that is no reason to
    /// reject the new keys: they would not survive it either.
    pub(crate) folder_sync: io::Result<()>,
}

impl KeyFile {
    /// Accepts a path, which is made absolute here; no file is created yet.
    ///
    /// # Errors
    /// The path names no file, its folder does not exist, or what is at the path is not a regular
    /// file of this user.
    pub(crate) fn at(path: &Path) -> Result<Self, KeyFileError> {
        let Some(name) = path.file_name() else {
            return Err(KeyFileError::NoFileName {
                path: path.to_owned(),
            });
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = match fs::canonicalize(folder) {
            Ok(folder) if folder.is_dir() => folder,
            Ok(folder) => return Err(KeyFileError::NotAFolder { folder }),
            Err(source) => {
                return Err(KeyFileError::Folder {
                    folder: folder.to_owned(),
                    source,
                });
            }
        };
        let file = Self {
            path: folder.join(name),
            folder,
            temporary_name: TemporaryName::beside(name),
            written: None,
        };
        file.inspect()?;
        Ok(file)
    }

    /// The absolute path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the old file, if any, by a new one with this text, atomically.
    ///
    /// A reader sees the old or the new text, whole. After an error the old file is as it was.
    pub(crate) fn replace(&mut self, text: &[u8]) -> Result<Written, KeyFileError> {
        self.inspect()?;
        let file = self.write(text).map_err(|source| KeyFileError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.written = Some(file);
        let folder_sync = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(Written { folder_sync })
    }

    /// Deletes the file if it is still the one that was written last, and returns whether it did.
    /// Called again, does nothing.
    pub(crate) fn remove(&mut self) -> Result<bool, KeyFileError> {
        let Some(file) = self.written.take() else {
            return Ok(false);
        };
        let remove = || -> io::Result<bool> {
            let is_ours = Identity::of_path(&self.path)? == Identity::of(&file.metadata()?);
            if is_ours {
                fs::remove_file(&self.path)?;
            }
            Ok(is_ours)
        };
        match remove() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map_err(|source| KeyFileError::Remove {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// Which file was written last, if one was.
    pub(crate) fn identity(&self) -> Option<Identity> {
        let metadata = self.written.as_ref()?.metadata().ok()?;
        Some(Identity::of(&metadata))
    }

    /// Treats the file that a predecessor wrote last as written by this one, and returns whether it
    /// is still there.
    pub(crate) fn adopt(&mut self, identity: Identity) -> bool {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let open = || -> io::Result<Option<File>> {
            let file = File::from(rustix::fs::open(&self.path, flags, Mode::empty())?);
            let is_it = Identity::of(&file.metadata()?) == identity;
            Ok(is_it.then_some(file))
        };
        self.written = open().ok().flatten();
        self.written.is_some()
    }

    /// Leaves the file to another owner: [`remove`](Self::remove) does nothing afterwards.
    pub(crate) fn release(&mut self) {
        self.written = None;
    }

    /// Deletes what killed servers wrote and did not rename any more. Only for the holder of the
    /// lock: otherwise these could be files that another server is writing.
    pub(crate) fn remove_leftovers(&self) {
        self.temporary_name.remove_all_in(&self.folder);
    }

    fn inspect(&self) -> Result<(), KeyFileError> {
        inspect_path(&self.path).map_err(|source| KeyFileError::Unfit {
            path: self.path.clone(),
            source,
        })
    }

    fn write(&self, text: &[u8]) -> io::Result<File> {
        let mut file = tempfile::Builder::new()
            .prefix(self.temporary_name.prefix())
            .suffix(TemporaryName::SUFFIX)
            .rand_bytes(TemporaryName::RANDOM_CHARACTERS)
            .permissions(Permissions::from_mode(MODE))
            .tempfile_in(&self.folder)?;
        // The umask may have removed permissions of the owner.
        file.as_file()
            .set_permissions(Permissions::from_mode(MODE))?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)
    }
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The path ends in `..` or is empty.
    #[error("key file {}: names no file", path.display())]
    NoFileName {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The folder does not exist or is not accessible.
    #[error("folder of the key file, {}", folder.display())]
    Folder {
        /// The folder as it was given.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// What is at the folder's path is not a folder.
    #[error("folder of the key file, {}: is not a folder", folder.display())]
    NotAFolder {
        /// The absolute path.
        folder: PathBuf,
    },
    /// Something else is at the path of the key file.
    #[error("key file {}", path.display())]
    Unfit {
        /// The absolute path.
        path: PathBuf,
        /// What is there.
        source: UnfitFile,
    },
    /// The new file could not be written.
    #[error("key file {}: not written", path.display())]
    Write {
        /// The absolute path.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file could not be deleted.
    #[error("key file {}: not deleted", path.display())]
    Remove {
        /// The absolute path.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

/// Readable and writable for its owner, from the first byte.
const MODE: u32 = 0o600;
