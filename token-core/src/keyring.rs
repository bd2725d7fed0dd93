//! The keys in force, and how they are replaced.

use std::{fmt, process, sync::Arc};

use parking_lot::Mutex;

pub(crate) use self::replacement::Replacement;
use self::writer::{End, Writer};
use crate::{
    active::{ActiveKeys, Subscriber},
    clock::Clock,
    error::KeyringError,
    event::{KeyEvent, RotationCause},
    hand_over::{HandOver, HandOverError},
    key_length::KeyLength,
    keys::{ExpiringKey, ExpiringKind, KeyEnds, Keys},
    lifetime::Lifetime,
    random::Random,
    snapshot::Snapshot,
    store::{KeyStore, PublishError},
};

mod replacement;
#[cfg(test)]
mod tests;
mod writer;

/// Makes the three keys, keeps them in a store, and replaces them.
///
/// Dropping it is [closing](Self::close) it.
///
/// # Threading
/// Changes run one after another: the store first, then the keys in force. Checks wait for none of
/// them: see [`active`](Self::active).
pub struct Keyring<S: KeyStore> {
    active: Arc<ActiveKeys>,
    writer: Mutex<Writer<S>>,
    on_event: Box<EventHandler>,
}

type EventHandler = dyn Fn(&KeyEvent<'_>) + Send + Sync;

impl<S: KeyStore> Keyring<S> {
    /// A keyring without keys: every check fails until [`generate_all`](Self::generate_all) or
    /// [`take_over`](Self::take_over).
    ///
    /// `on_event` runs on the thread that changes the keys, and must not use the keyring.
    #[must_use]
    pub fn new(
        mut store: S,
        length: KeyLength,
        clock: impl Clock,
        random: impl Random,
        on_event: impl Fn(&KeyEvent<'_>) + Send + Sync + 'static,
    ) -> Self {
        let active = Arc::new(ActiveKeys::new(clock));
        store.watch(Subscriber::new(Arc::clone(&active)));
        Self {
            active,
            writer: Mutex::new(Writer {
                store,
                random: Box::new(random),
                length,
                lifetime: Lifetime::default(),
                end: None,
                succession_boot_micros: None,
            }),
            on_event: Box::new(on_event),
        }
    }

    /// The keys in force, for the checks.
    pub const fn active(&self) -> &Arc<ActiveKeys> {
        &self.active
    }

    /// Sets how long the keys are valid that are made from now on.
    pub fn set_lifetime(&self, lifetime: Lifetime) {
        self.writer.lock().lifetime = lifetime;
    }

    /// Replaces all three keys. The first time, takes the store into use, and makes no keys if
    /// there are some in it.
    ///
    /// # Errors
    /// The store belongs to another server or fails, there is no randomness, or the keyring is
    /// closed or retired. The old keys remain valid.
    pub fn generate_all(&self) -> Result<(), KeyringError<S::Error>> {
        let event = self.try_generate_all()?;
        (self.on_event)(&event);
        Ok(())
    }

    fn try_generate_all(&self) -> Result<KeyEvent<'static>, KeyringError<S::Error>> {
        let mut writer = self.writer.lock();
        writer.check_open()?;
        let current = self.active.snapshot();
        if current.is_none()
            && let Some(ends) = self.load(&mut writer)?
        {
            return Ok(KeyEvent::Loaded { ends });
        }
        let keys = writer.three_keys(self.active.clock())?;
        let (ids, ends) = (keys.ids(), keys.ends());
        match self.publish(&mut writer, keys, current.as_deref()) {
            Ok(()) => Ok(KeyEvent::Generated { ids, ends }),
            // Another server made the first ones at the same time.
            Err(PublishError::Conflict) if current.is_none() => {
                let ends = self.load(&mut writer)?.ok_or(KeyringError::Conflict)?;
                Ok(KeyEvent::Loaded { ends })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces one key and returns the new one; the other two remain as they are.
    ///
    /// When it returns, the new key is stored, and no check that begins later accepts the old one.
    ///
    /// # Errors
    /// As [`generate_all`](Self::generate_all); there are no keys yet; or another server replaced
    /// the same key at the same time, and its key is in force then.
    pub fn rotate(&self, kind: ExpiringKind) -> Result<Arc<ExpiringKey>, KeyringError<S::Error>> {
        let rotated = {
            let mut writer = self.writer.lock();
            self.try_rotate(&mut writer, kind)
        };
        self.report_rotation(kind, RotationCause::Requested, &rotated);
        rotated
    }

    /// Passes an event on to the handler.
    pub(crate) fn report(&self, event: &KeyEvent<'_>) {
        (self.on_event)(event);
    }

    fn report_rotation(
        &self,
        kind: ExpiringKind,
        cause: RotationCause,
        rotated: &Result<Arc<ExpiringKey>, KeyringError<S::Error>>,
    ) {
        self.report(&match rotated {
            Ok(new) => KeyEvent::Rotated {
                kind,
                id: new.key.id(),
                expiry: &new.expiry,
                cause,
            },
            Err(error) => KeyEvent::RotationFailed { kind, cause, error },
        });
    }

    fn try_rotate(
        &self,
        writer: &mut Writer<S>,
        kind: ExpiringKind,
    ) -> Result<Arc<ExpiringKey>, KeyringError<S::Error>> {
        writer.check_open()?;
        let mut current = self.active.snapshot().ok_or(KeyringError::NoKeys)?;
        let new = Arc::new(writer.expiring_key(self.active.clock())?);
        for _ in 0..ATTEMPTS_MAX {
            let keys = current.keys.with(kind, Arc::clone(&new));
            match self.publish(writer, keys, Some(&current)) {
                Ok(()) => return Ok(new),
                Err(PublishError::Conflict) => {}
                Err(PublishError::Store(error)) => return Err(KeyringError::Store(error)),
            }
            self.load(writer)?;
            let found = self.active.snapshot().ok_or(KeyringError::NoKeys)?;
            if !Arc::ptr_eq(found.keys.expiring(kind), current.keys.expiring(kind)) {
                break;
            }
            // Another key was replaced: this one is replaced in the keys that were found.
            current = found;
        }
        Err(KeyringError::Conflict)
    }

    /// What a successor in this process needs to go on with these keys, in the form of
    /// [`HAND_OVER_VERSION`](crate::HAND_OVER_VERSION); `None` if there are no keys, or if a
    /// successor has them. It holds the keys: overwrite it after use.
    ///
    /// Changes nothing: if the successor fails, this keyring goes on. Keys that are replaced
    /// afterwards invalidate it.
    pub fn hand_over(&self) -> Option<Vec<u8>> {
        let mut writer = self.writer.lock();
        writer.check_open::<S::Error>().ok()?;
        // Keys and version of one moment: the store may report newer ones at any time.
        let current = self.active.snapshot()?;
        writer.succeed(self.active.clock());
        let handed_over = HandOver {
            process_id: process::id(),
            keys: current.keys.clone(),
            claim: writer.store.hand_over(&current.version)?,
        };
        Some(handed_over.to_bytes())
    }

    /// Goes on with the keys of a predecessor, whose store is this keyring's too from here on, and
    /// its alone once the predecessor [retired](Self::retire). Returns whether it does; otherwise
    /// the keyring is as it was.
    pub fn take_over(&self, version: u32, bytes: &[u8]) -> bool {
        match self.try_take_over(version, bytes) {
            Ok(ends) => {
                (self.on_event)(&KeyEvent::TakenOver { ends });
                true
            }
            Err(error) => {
                (self.on_event)(&KeyEvent::TakeOverFailed { error: &error });
                false
            }
        }
    }

    fn try_take_over(
        &self,
        version: u32,
        bytes: &[u8],
    ) -> Result<KeyEnds, HandOverError<S::Error>> {
        let handed_over = HandOver::from_bytes(version, bytes)?;
        if handed_over.process_id != process::id() {
            return Err(HandOverError::Process {
                process_id: handed_over.process_id,
            });
        }
        let mut writer = self.writer.lock();
        let version = writer.store.take_over(handed_over.claim)?;
        writer.succeed(self.active.clock());
        let ends = handed_over.keys.ends();
        self.active.update(Snapshot {
            keys: handed_over.keys,
            version,
        });
        Ok(ends)
    }

    /// Leaves the store to the successor. Checks continue as before, for the requests that are
    /// still running; no keys are made any more.
    pub fn retire(&self) {
        let mut writer = self.writer.lock();
        if writer.end.is_none() {
            writer.end = Some(End::Retired);
            writer.store.retire();
        }
    }

    /// Ends the keys: every check fails, and the store deletes what no other keyring uses. Called again,
    /// or after [`retire`](Self::retire), does nothing.
    pub fn close(&self) {
        if let Err(error) = self.try_close() {
            (self.on_event)(&KeyEvent::CloseFailed { error: &error });
        }
    }

    fn try_close(&self) -> Result<(), S::Error> {
        let mut writer = self.writer.lock();
        if writer.end.is_some() {
            return Ok(());
        }
        writer.end = Some(End::Closed);
        self.active.end();
        writer.store.close()
    }

    /// Puts the keys of the store in force, if there are any, and returns when they expire.
    fn load(&self, writer: &mut Writer<S>) -> Result<Option<KeyEnds>, KeyringError<S::Error>> {
        let Some(found) = writer.store.load().map_err(KeyringError::Store)? else {
            return Ok(None);
        };
        let ends = found.keys.ends();
        self.active.update(found);
        Ok(Some(ends))
    }

    /// The store before the keys in force: no key is valid that is not stored.
    fn publish(
        &self,
        writer: &mut Writer<S>,
        keys: Keys,
        current: Option<&Snapshot>,
    ) -> Result<(), PublishError<S::Error>> {
        let based_on = current.map(|current| current.version.revision);
        let version = writer.store.publish(&keys, based_on)?;
        self.active.update(Snapshot { keys, version });
        Ok(())
    }
}

impl<S: KeyStore> Drop for Keyring<S> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<S: KeyStore> fmt::Debug for Keyring<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keyring").finish_non_exhaustive()
    }
}

/// How often a rotation is repeated because other servers replaced another key.
const ATTEMPTS_MAX: u32 = 16;
