//! The key file as the store of the keys.

use std::path::{Path, PathBuf};

use plugin_api::Log;
use token_core::{KeyStore, Keys, PublishError, Revision, Snapshot, Version};

use self::claim::KeyFileClaim;
use crate::{
    document::render,
    key_file::{KeyFile, KeyFileError},
    lock::{KeyFileLock, LockError},
};

mod claim;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod tests;

/// A key file that only this process writes, and that is never read back.
#[derive(Debug)]
pub(crate) struct KeyFileStore {
    file: KeyFile,
    /// Held as long as the store is in use.
    lock: Option<KeyFileLock>,
    log: Log,
}

impl KeyFileStore {
    pub(crate) const fn new(file: KeyFile, log: Log) -> Self {
        Self {
            file,
            lock: None,
            log,
        }
    }

    /// The absolute path of the key file.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    fn replace(&mut self, keys: &Keys) -> Result<(), KeyFileStoreError> {
        // What was handed over before has the keys that are replaced here.
        let previous = self.lock.as_mut().map(KeyFileLock::renew).transpose()?;
        let written = self.file.replace(&render(keys)).inspect_err(|_| {
            if let (Some(lock), Some(previous)) = (&mut self.lock, previous) {
                lock.restore(previous);
            }
        })?;
        if let Err(error) = written.folder_sync {
            self.log.warn(&format!(
                "key file {}: its folder could not be synced: {error}",
                self.path().display()
            ));
        }
        Ok(())
    }
}

impl KeyStore for KeyFileStore {
    type Error = KeyFileStoreError;
    type Claim = KeyFileClaim;

    /// Acquires the lock. No keys are read: the content of the file is ignored.
    fn load(&mut self) -> Result<Option<Snapshot>, KeyFileStoreError> {
        if self.lock.is_none() {
            let lock = KeyFileLock::acquire(self.path())?;
            self.file.check_unused()?;
            self.file.remove_leftovers();
            self.lock = Some(lock);
        }
        Ok(None)
    }

    /// There is no conflict: the lock excludes all other writers.
    fn publish(
        &mut self,
        keys: &Keys,
        based_on: Option<Revision>,
    ) -> Result<Version, PublishError<KeyFileStoreError>> {
        self.replace(keys)?;
        Ok(unshared(based_on.map_or(Revision::FIRST, Revision::next)))
    }

    /// The keys in force are always the ones that were written last.
    fn hand_over(&mut self, _: &Version) -> Option<KeyFileClaim> {
        Some(KeyFileClaim {
            ticket: self.lock.as_mut()?.share(),
            path: self.path().to_owned(),
            key_file: self.file.identity(),
        })
    }

    /// A key file that the predecessor did not write is left alone.
    fn take_over(&mut self, claim: KeyFileClaim) -> Result<Version, KeyFileStoreError> {
        if claim.path != self.path() {
            return Err(KeyFileStoreError::OtherFile { path: claim.path });
        }
        self.lock = Some(KeyFileLock::join(self.path(), claim.ticket)?);
        if !self.file.adopt(claim.key_file) {
            self.log.warn(&format!(
                "key file {} is not the one that the previous build wrote, and is left alone: no key \
                 is replaced while it is there",
                self.path().display()
            ));
        }
        Ok(unshared(Revision::FIRST))
    }

    fn retire(&mut self) {
        self.file.release();
        if let Some(lock) = self.lock.take() {
            lock.release();
        }
    }

    /// Deletes the key file if it is still the one that was written last.
    ///
    /// A successor that is dropped before its predecessor retired deletes nothing: the predecessor
    /// continues.
    fn close(&mut self) -> Result<(), KeyFileStoreError> {
        let Some(lock) = self.lock.take() else {
            return Ok(());
        };
        if !lock.is_last_holder() {
            self.file.release();
            lock.release();
            return Ok(());
        }
        let removed = self.file.remove();
        // Only now may another server take the key file.
        drop(lock);
        if removed? {
            self.log
                .info(&format!("key file {} deleted", self.path().display()));
        }
        Ok(())
    }
}

/// Only this process writes the file, so its keys are always fresh.
const fn unshared(revision: Revision) -> Version {
    Version {
        revision,
        fresh_until: None,
    }
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileStoreError {
    /// The key file was not written or not deleted.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The key file belongs to another server.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The settings name another key file than they did for the previous build.
    #[error("they are in key file {}", path.display())]
    OtherFile {
        /// The key file of the previous build.
        path: PathBuf,
    },
}
