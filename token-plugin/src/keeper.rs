//! The keyring and the log of what is done with it: shared by the authorizer and the endpoint.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use plugin_api::Log;

use crate::error::{TokenError, one_line};
use crate::keyring::Keyring;
use crate::keys::{ExpiringKey, ExpiringKind};

/// Replaces keys and says so in the log; never with a key.
#[derive(Debug)]
pub(crate) struct Keeper {
    keyring: Keyring,
    path: PathBuf,
    log: Log,
}

impl Keeper {
    /// `path` is where the ring writes its keys.
    pub(crate) const fn new(keyring: Keyring, path: PathBuf, log: Log) -> Self {
        Self { keyring, path, log }
    }

    pub(crate) const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Replaces all three keys.
    pub(crate) fn generate_all(&self) -> Result<(), TokenError> {
        let published = self.keyring.generate_all()?;
        self.log
            .info(&format!("keys written to {}", self.path.display()));
        self.warn_unless_synced(published.folder_sync);
        Ok(())
    }

    /// Replaces one key and returns the new one.
    pub(crate) fn rotate(&self, kind: ExpiringKind) -> Result<Arc<ExpiringKey>, TokenError> {
        let published = self.keyring.rotate(kind).inspect_err(|error| {
            self.log
                .error(&format!("{kind} key not replaced: {}", one_line(error)));
        })?;
        let new = Arc::clone(published.keys.expiring(kind));
        self.log.info(&format!(
            "{kind} key replaced; the new one expires at {}",
            new.expiry.text()
        ));
        self.warn_unless_synced(published.folder_sync);
        Ok(new)
    }

    /// Ends the keys and deletes their file.
    pub(crate) fn close(&self) {
        match self.keyring.close() {
            Ok(true) => self
                .log
                .info(&format!("key file {} deleted", self.path.display())),
            Ok(false) => {}
            Err(error) => self.log.error(&one_line(&error)),
        }
    }

    fn warn_unless_synced(&self, folder_sync: io::Result<()>) {
        if let Err(error) = folder_sync {
            self.log.warn(&format!(
                "key file {}: its folder could not be synced: {error}",
                self.path.display()
            ));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
    }
}
