//! The keys that are valid now, and how they are replaced.

use std::{fmt, io, process, sync::Arc};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use token_core::{
    Clock, ExpiringKey, ExpiringKind, Expiry, Key, KeyKind, KeyLength, KeyStatus, Keys, Lifetime,
    Random,
};

use crate::{
    document::render,
    error::TokenError,
    hand_over::{HandOver, HandOverError},
    key_file::{KeyFile, KeyFileError},
    lock::KeyFileLock,
};

#[cfg(test)]
mod tests;

/// The three keys, in memory and in the key file.
///
/// # Threading
/// Checks read a snapshot and wait for nothing. Changes run one after another: the file first, then
/// the snapshot.
pub(crate) struct Keyring {
    current: ArcSwapOption<Keys>,
    clock: Box<dyn Clock>,
    writer: Mutex<Writer>,
}

/// What only one thread at a time may use.
struct Writer {
    random: Box<dyn Random>,
    length: KeyLength,
    lifetime: Lifetime,
    file: KeyFile,
    lock: Option<KeyFileLock>,
    end: Option<End>,
}

/// Why no keys are made any more.
#[derive(Clone, Copy, Debug)]
enum End {
    Closed,
    Retired,
}

/// Keys that are in the file and valid.
#[derive(Debug)]
#[must_use]
pub(crate) struct Published {
    pub(crate) keys: Arc<Keys>,
    /// See [`Replaced`](crate::key_file::Replaced).
    pub(crate) folder_sync: io::Result<()>,
}

impl Keyring {
    /// A ring without keys: every check finds an unknown key until
    /// [`generate_all`](Self::generate_all).
    #[must_use]
    pub(crate) fn new(
        file: KeyFile,
        length: KeyLength,
        clock: impl Clock,
        random: impl Random,
    ) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            clock: Box::new(clock),
            writer: Mutex::new(Writer {
                random: Box::new(random),
                length,
                lifetime: Lifetime::default(),
                file,
                lock: None,
                end: None,
            }),
        }
    }

    /// Checks a presented text where a key of the wanted kind is required.
    ///
    /// No lock, no allocation, no I/O.
    pub(crate) fn check(&self, wanted: KeyKind, presented: &[u8]) -> KeyStatus {
        match &*self.current.load() {
            Some(keys) => keys.check(wanted, presented, &*self.clock),
            None => KeyStatus::Invalid,
        }
    }

    /// Sets how long the keys live that are made from now on.
    pub(crate) fn set_lifetime(&self, lifetime: Lifetime) {
        self.writer.lock().lifetime = lifetime;
    }

    /// Replaces all three keys; the first time, takes the key file for this server.
    ///
    /// # Errors
    /// Another server has the key file, it cannot be written, there is no randomness, or the ring
    /// is closed. The old keys stay valid.
    pub(crate) fn generate_all(&self) -> Result<Published, TokenError> {
        let mut writer = self.writer.lock();
        writer.take_file()?;
        let keys = Keys {
            management: Arc::new(writer.expiring_key(&*self.clock)?),
            inference: Arc::new(writer.expiring_key(&*self.clock)?),
            api: Arc::new(writer.key()?),
        };
        self.publish(&mut writer, keys)
    }

    /// Replaces one key; the other two stay as they are.
    ///
    /// When it returns, the new key is in the file and no check that begins later takes the old one.
    ///
    /// # Errors
    /// As [`generate_all`](Self::generate_all), and if there are no keys yet.
    pub(crate) fn rotate(&self, kind: ExpiringKind) -> Result<Published, TokenError> {
        let mut writer = self.writer.lock();
        writer.take_file()?;
        let Some(keys) = self.current.load_full() else {
            return Err(TokenError::NoKeys);
        };
        let keys = keys.with(kind, writer.expiring_key(&*self.clock)?);
        self.publish(&mut writer, keys)
    }

    /// What a successor in this process needs to go on with these keys; nothing if there are none,
    /// or if they are another's already.
    ///
    /// Changes nothing: should the successor fail, the ring goes on. Keys that are replaced
    /// afterwards make it void.
    pub(crate) fn hand_over(&self) -> Option<HandOver> {
        let mut writer = self.writer.lock();
        if writer.end.is_some() {
            return None;
        }
        let keys = self.current.load_full()?;
        let ticket = writer.lock.as_mut()?.share();
        Some(HandOver {
            process_id: process::id(),
            ticket,
            path: writer.file.path().to_owned(),
            key_file: writer.file.identity(),
            keys,
        })
    }

    /// Goes on with the keys of a predecessor, whose file and lock are this ring's too from here on,
    /// and its alone once the predecessor [retired](Self::retire). Says whether the key file is
    /// still the one that the predecessor wrote; if it is not, it is left alone at the end.
    ///
    /// # Errors
    /// What was handed over is for another process or file, or is out of date. The ring is as it
    /// was.
    pub(crate) fn take_over(&self, handed_over: HandOver) -> Result<bool, HandOverError> {
        let mut writer = self.writer.lock();
        handed_over.check(process::id(), writer.file.path())?;
        writer.lock = Some(KeyFileLock::join(writer.file.path(), handed_over.ticket)?);
        let is_in_place = match handed_over.key_file {
            Some(identity) => writer.file.adopt(identity),
            None => false,
        };
        self.current.store(Some(handed_over.keys));
        Ok(is_in_place)
    }

    /// Leaves key file and lock to the successor. Checks are answered as before, for the requests
    /// that are still running; no keys are made any more.
    pub(crate) fn retire(&self) {
        let mut writer = self.writer.lock();
        if writer.end.is_none() {
            writer.end = Some(End::Retired);
            writer.file.let_go();
            if let Some(lock) = writer.lock.take() {
                lock.let_go();
            }
        }
    }

    /// Ends it: every check finds an unknown key, and the key file is deleted if it is still ours.
    /// Says whether it was; called again, or after [`retire`](Self::retire), does nothing.
    ///
    /// A successor that is given up before its predecessor retired deletes nothing: the predecessor
    /// goes on.
    ///
    /// # Errors
    /// The file could not be deleted.
    pub(crate) fn close(&self) -> Result<bool, KeyFileError> {
        let mut writer = self.writer.lock();
        if writer.end.is_some() {
            return Ok(false);
        }
        writer.end = Some(End::Closed);
        self.current.store(None);
        let Some(lock) = writer.lock.take() else {
            return Ok(false);
        };
        if !lock.is_last_holder() {
            writer.file.let_go();
            lock.let_go();
            return Ok(false);
        }
        let removed = writer.file.remove();
        // Only now may another server come.
        drop(lock);
        removed
    }

    /// The file before the snapshot: no key is valid that is not on disk.
    fn publish(&self, writer: &mut Writer, keys: Keys) -> Result<Published, TokenError> {
        // What was handed over before has the keys that are replaced here.
        let before = writer.lock.as_mut().map(KeyFileLock::renew).transpose()?;
        let replaced = writer.file.replace(&render(&keys)).inspect_err(|_| {
            if let (Some(lock), Some(before)) = (&mut writer.lock, before) {
                lock.put_back(before);
            }
        })?;
        let keys = Arc::new(keys);
        self.current.store(Some(Arc::clone(&keys)));
        Ok(Published {
            keys,
            folder_sync: replaced.folder_sync,
        })
    }
}

impl Writer {
    fn take_file(&mut self) -> Result<(), TokenError> {
        match self.end {
            Some(End::Closed) => return Err(TokenError::Closed),
            Some(End::Retired) => return Err(TokenError::Retired),
            None => {}
        }
        if self.lock.is_none() {
            self.lock = Some(KeyFileLock::acquire(self.file.path())?);
            self.file.remove_leftovers();
        }
        Ok(())
    }

    fn expiring_key(&mut self, clock: &dyn Clock) -> Result<ExpiringKey, TokenError> {
        let key = self.key()?;
        let expiry = Expiry::after(self.lifetime, clock.read())?;
        Ok(ExpiringKey { key, expiry })
    }

    fn key(&mut self) -> Result<Key, TokenError> {
        Ok(Key::generate(self.length, &mut *self.random)?)
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.close();
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keyring").finish_non_exhaustive()
    }
}
