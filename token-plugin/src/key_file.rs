//! The key file on disk.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

pub(crate) use self::error::KeyFileError;
use self::new_file::NewFile;
use crate::{
    file_system::{self, Creation, Lock},
    leftovers::TemporaryName,
    owned_file::{Identity, inspect_path},
};

mod error;
mod new_file;
#[cfg(test)]
mod tests;

/// The file in which the operator reads the keys. It is written, and never read back.
///
/// # Whose file it is
/// Not synchronized with other writers: that is what the [lock](crate::lock) is for. But a lock file
/// can be deleted by hand. So each file that is written is locked itself, and a server that starts
/// [refuses](Self::check_unused) to replace one that is; and a server that finds a file which it did
/// not write leaves it alone.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    folder: PathBuf,
    temporary_name: TemporaryName,
    at_path: AtPath,
}

/// What this server knows of the file at the path.
#[derive(Debug)]
enum AtPath {
    /// Nothing was written yet. What is there was left behind by a server that has ended.
    Leftover,
    /// The file that was written last.
    Ours {
        identity: Identity,
        /// Kept open, for its lock, and so that the system gives its identity to no other file. `None`
        /// if a predecessor wrote it and it could not be opened.
        held: Option<File>,
    },
    /// The file that was written last is not there any more. What is there belongs to somebody else.
    NotOurs,
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
            at_path: AtPath::Leftover,
        };
        file.inspect()?;
        Ok(file)
    }

    /// The absolute path.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Examines the file that was there at the start.
    ///
    /// # Errors
    /// A running server wrote it and still holds it, although its lock file is gone; or it cannot
    /// be examined.
    pub(crate) fn check_unused(&self) -> Result<(), KeyFileError> {
        let examine = || -> io::Result<bool> {
            let file = match file_system::open(&self.path, Creation::Never) {
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    file_system::open_to_read(&self.path)?
                }
                opened => opened?,
            };
            file_system::lock(&file, Lock::Exclusive)
        };
        match examine() {
            Ok(true) => Ok(()),
            Ok(false) => Err(KeyFileError::InUse {
                path: self.path.clone(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(self.not_examined(source)),
        }
    }

    /// Replaces the old file, if any, by a new one with this text, atomically.
    ///
    /// A reader sees the old or the new text, whole. After an error the old file is as it was.
    ///
    /// # Errors
    /// The file at the path is not the one that was written last, or the new one cannot be written.
    pub(crate) fn replace(&mut self, text: &[u8]) -> Result<Written, KeyFileError> {
        self.inspect()?;
        if !self.may_be_replaced()? {
            return Err(KeyFileError::Replaced {
                path: self.path.clone(),
            });
        }
        self.at_path = self.write(text).map_err(|source| KeyFileError::Write {
            path: self.path.clone(),
            source,
        })?;
        let folder_sync = file_system::sync_folder(&self.folder);
        Ok(Written { folder_sync })
    }

    /// Deletes the file if it is still the one that was written last, and returns whether it did.
    /// Called again, does nothing.
    pub(crate) fn remove(&mut self) -> Result<bool, KeyFileError> {
        let AtPath::Ours { identity, held } = std::mem::replace(&mut self.at_path, AtPath::NotOurs)
        else {
            return Ok(false);
        };
        let remove = || -> io::Result<bool> {
            let is_ours = Identity::at(&self.path)? == Some(identity);
            if is_ours {
                file_system::remove(&self.path)?;
            }
            Ok(is_ours)
        };
        let removed = remove();
        drop(held);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map_err(|source| KeyFileError::Remove {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// Which file was written last, if one was.
    pub(crate) fn identity(&self) -> Option<Identity> {
        match &self.at_path {
            AtPath::Ours { identity, .. } => Some(*identity),
            AtPath::Leftover | AtPath::NotOurs => None,
        }
    }

    /// Goes on with the file that a predecessor wrote last, and returns whether it is still there. If
    /// that cannot be examined now, it is before the next write.
    pub(crate) fn adopt(&mut self, identity: Option<Identity>) -> bool {
        self.at_path = AtPath::NotOurs;
        let Some(identity) = identity else {
            return false;
        };
        let open = || -> io::Result<Option<File>> {
            let file = file_system::open_to_read(&self.path)?;
            let is_it = Identity::of(&file_system::metadata(&file)?) == identity
                && file_system::lock(&file, Lock::Shared)?;
            Ok(is_it.then_some(file))
        };
        let held = match open() {
            Ok(Some(file)) => Some(file),
            Ok(None) => return false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return false,
            Err(_) => None,
        };
        self.at_path = AtPath::Ours { identity, held };
        true
    }

    /// Leaves the file to another owner: [`remove`](Self::remove) does nothing afterwards.
    pub(crate) fn release(&mut self) {
        self.at_path = AtPath::NotOurs;
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

    /// Whether no other program's file would be lost. One that was deleted by hand is written again.
    fn may_be_replaced(&self) -> Result<bool, KeyFileError> {
        let examine = || -> io::Result<bool> {
            if matches!(self.at_path, AtPath::Leftover) {
                return Ok(true);
            }
            let found = Identity::at(&self.path)?;
            Ok(found.is_none() || found == self.identity())
        };
        examine().map_err(|source| self.not_examined(source))
    }

    fn write(&self, text: &[u8]) -> io::Result<AtPath> {
        let mut new = NewFile::create(&self.folder, &self.temporary_name)?;
        let identity = new.fill(text)?;
        let held = Some(new.put_at(&self.path)?);
        Ok(AtPath::Ours { identity, held })
    }

    fn not_examined(&self, source: io::Error) -> KeyFileError {
        KeyFileError::Examine {
            path: self.path.clone(),
            source,
        }
    }
}
