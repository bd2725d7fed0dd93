//! The keyring and the log of what is done with it: shared by the authorizer and the endpoint.

use std::{io, path::PathBuf, sync::Arc};

use plugin_api::{Log, State};
use token_core::{ExpiringKey, ExpiringKind};

use crate::{
    error::{TokenError, one_line},
    hand_over::HandOver,
    keyring::Keyring,
};

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

    /// What a successor needs to go on with these keys.
    pub(crate) fn hand_over(&self) -> Option<State> {
        self.keyring
            .hand_over()
            .map(|handed_over| handed_over.to_state())
    }

    /// Goes on with the keys of a predecessor, and says whether it does.
    pub(crate) fn take_over(&self, state: &State) -> bool {
        let taken_over =
            HandOver::from_state(state).and_then(|handed_over| self.keyring.take_over(handed_over));
        match taken_over {
            Ok(true) => self.log.info("keys taken over from the build before"),
            Ok(false) => self.log.warn(&format!(
                "keys taken over from the build before; key file {} is not the one it wrote and is \
                 left alone until keys are replaced",
                self.path.display()
            )),
            Err(error) => {
                self.log.warn(&format!(
                    "keys of the build before not taken over: {}",
                    one_line(&error)
                ));
                return false;
            }
        }
        true
    }

    /// Leaves the key file to the successor.
    pub(crate) fn retire(&self) {
        self.keyring.retire();
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
