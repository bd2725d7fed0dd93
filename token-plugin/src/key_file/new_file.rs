use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::{
    file_system::{self, Creation, Lock},
    leftovers::TemporaryName,
    owned_file::Identity,
};

/// A key file under its [temporary name](TemporaryName), which is deleted unless it gets its own.
#[derive(Debug)]
pub(super) struct NewFile {
    path: PathBuf,
    file: Option<File>,
}

impl NewFile {
    /// Creates it, empty and for its owner alone.
    pub(super) fn create(folder: &Path, name: &TemporaryName) -> io::Result<Self> {
        let mut attempts = 0;
        loop {
            let path = folder.join(name.random());
            match file_system::open(&path, Creation::Always) {
                Ok(file) => {
                    return Ok(Self {
                        path,
                        file: Some(file),
                    });
                }
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && attempts < ATTEMPTS_MAX =>
                {
                    attempts = attempts.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Locks the file, and writes the whole text to the disk.
    pub(super) fn fill(&mut self, text: &[u8]) -> io::Result<Identity> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        // The umask may have removed permissions of the owner.
        file_system::set_mode(file)?;
        // Nobody else knows the file yet. A server that starts later finds it locked.
        if !file_system::lock(file, Lock::Shared)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        file_system::write(file, text)?;
        file_system::sync(file)?;
        Ok(Identity::of(&file_system::metadata(file)?))
    }

    /// Moves it over the file at this path.
    pub(super) fn put_at(mut self, path: &Path) -> io::Result<File> {
        file_system::rename(&self.path, path)?;
        self.file
            .take()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // If it cannot be deleted, the next start does it.
            let _ = file_system::remove(&self.path);
        }
    }
}

/// How often a name that is taken is replaced by another one.
const ATTEMPTS_MAX: u32 = 16;
