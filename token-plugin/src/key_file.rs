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

/// The file that tells the operator the keys. Written, never read back.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    folder: PathBuf,
    temporary_name: TemporaryName,
    /// What was written last. Open for as long as it counts: no other file can be given its
    /// identity meanwhile.
    written: Option<File>,
}

/// What a replaced key file leaves to be told.
#[derive(Debug)]
#[must_use]
pub(crate) struct Replaced {
    /// Whether the new name of the file would outlive a loss of power. That it might not is no
    /// reason to refuse the new keys: they would not outlive it either.
    pub(crate) folder_sync: io::Result<()>,
}

impl KeyFile {
    /// Takes a path, made absolute once and for all; nothing is created yet.
    ///
    /// # Errors
    /// The path names no file, its folder does not exist, or there is something at it that is not a
    /// regular file of this user.
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

    /// Puts a new file with this text in the place of the old one, if any.
    ///
    /// A reader sees the one or the other, whole. After an error the old file is as it was.
    pub(crate) fn replace(&mut self, text: &[u8]) -> Result<Replaced, KeyFileError> {
        self.inspect()?;
        let file = self.write(text).map_err(|source| KeyFileError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.written = Some(file);
        let folder_sync = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(Replaced { folder_sync })
    }

    /// Deletes the file if it is still the one that was written last, and says whether it did;
    /// called again, does nothing.
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

    /// Takes the file that a predecessor wrote last for one's own, and says whether it is still
    /// there.
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

    /// Leaves the file to somebody else: [`remove`](Self::remove) does nothing then.
    pub(crate) fn let_go(&mut self) {
        self.written = None;
    }

    /// Deletes what killed servers wrote and did not get to rename. Only for who holds the lock: to
    /// nobody else it is clear that these are not just being written.
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
        // Creation leaves it to the umask, which may take the owner's rights away.
        file.as_file()
            .set_permissions(Permissions::from_mode(MODE))?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)
    }
}

/// Why the key file is not as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    /// The path ends in `..` or is empty.
    #[error("key file {}: names no file", path.display())]
    NoFileName {
        /// The path as it was given.
        path: PathBuf,
    },
    /// There is no such folder, or it cannot be entered.
    #[error("folder of the key file, {}", folder.display())]
    Folder {
        /// The folder as it was given.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What should be the folder is something else.
    #[error("folder of the key file, {}: is not a folder", folder.display())]
    NotAFolder {
        /// The absolute path.
        folder: PathBuf,
    },
    /// There is something in the way.
    #[error("key file {}", path.display())]
    Unfit {
        /// The absolute path.
        path: PathBuf,
        /// What is in the way.
        source: UnfitFile,
    },
    /// The new file could not be written.
    #[error("key file {}: not written", path.display())]
    Write {
        /// The absolute path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be deleted.
    #[error("key file {}: not deleted", path.display())]
    Remove {
        /// The absolute path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Readable and writable for its owner, from the first byte.
const MODE: u32 = 0o600;
