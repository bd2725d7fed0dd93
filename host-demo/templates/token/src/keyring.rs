use std::{
    fs::File,
    io,
    num::NonZeroU64,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use plugin_api::{State, TokenType, Verdict};

use crate::{key::Key, key_file, succession};

/// The keys that are valid together.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) management: Key,
    pub(crate) inference: Key,
    pub(crate) api: Key,
}

/// The keys in force, and how they are replaced.
pub(crate) struct Keyring {
    path: PathBuf,
    lifetime: Mutex<Duration>,
    /// A check reads it without a lock, whatever is being written.
    keys: ArcSwap<Option<Keys>>,
    /// The key file that this build wrote last, or took over. Locked while keys are replaced, one after another.
    file: Mutex<Option<File>>,
}

impl Keyring {
    /// Without keys: every check is denied.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            lifetime: Mutex::new(Duration::from_secs(3600)),
            keys: ArcSwap::from_pointee(None),
            file: Mutex::default(),
        }
    }

    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner) = lifetime;
    }

    /// Replaces one key, or with `TOKEN` all three. They are in force once they are in the file: an error leaves file
    /// and keys as they were.
    pub(crate) fn replace(&self, which: TokenType) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let lifetime = *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Key::random(lifetime);
        let keys = match (which, self.keys.load().as_ref()) {
            (TokenType::MANAGEMENT, Some(old)) => Keys {
                management: fresh()?,
                ..old.clone()
            },
            (TokenType::INFERENCE, Some(old)) => Keys {
                inference: fresh()?,
                ..old.clone()
            },
            _ if !which.is_known() => {
                return Err(io::Error::other(format!("there is no key of type {which}")));
            }
            _ => Keys {
                management: fresh()?,
                inference: fresh()?,
                api: Key::random_without_expiration()?,
            },
        };
        *file = Some(key_file::write(&self.path, &keys)?);
        self.keys.store(Arc::new(Some(keys)));
        Ok(())
    }

    /// Whether the presented key is the wanted one and has not expired; and the id of a key that has not, whichever
    /// it is.
    pub(crate) fn check(
        &self,
        presented: &[u8],
        wanted: TokenType,
    ) -> (Verdict, Option<NonZeroU64>) {
        let keys = self.keys.load();
        let Some(keys) = keys.as_ref() else {
            return (Verdict::DENY, None);
        };
        // All three are compared whatever the result, so that the time of the response reveals nothing.
        let compared = [
            (TokenType::MANAGEMENT, &keys.management),
            (TokenType::INFERENCE, &keys.inference),
            (TokenType::TOKEN, &keys.api),
        ]
        .map(|(kind, key)| key.is_equal(presented).then_some((kind, key)));
        match compared.into_iter().flatten().next() {
            None => (Verdict::DENY_INVALID, None),
            Some((_, key)) if key.has_expired(Instant::now()) => (Verdict::DENY_EXPIRED, None),
            Some((kind, key)) if kind == wanted => (Verdict::ALLOW, key.id()),
            Some((_, key)) => (Verdict::DENY_SCOPE, key.id()),
        }
    }

    /// The kind of a key that is in force.
    pub(crate) fn name(&self, id: NonZeroU64) -> Option<&'static str> {
        let keys = self.keys.load();
        let keys = keys.as_ref().as_ref()?;
        [
            ("management", &keys.management),
            ("inference", &keys.inference),
            ("api", &keys.api),
        ]
        .into_iter()
        .find_map(|(name, key)| (key.id() == Some(id)).then_some(name))
    }

    /// The keys for a new build of this plugin, if there are some.
    pub(crate) fn hand_over(&self) -> Option<State> {
        let keys = self.keys.load();
        Some(succession::state(&self.path, keys.as_ref().as_ref()?))
    }

    /// Continues with the keys of the build before. An error leaves everything as it was: new keys are made then.
    pub(crate) fn take_over(&self, state: &State) -> io::Result<()> {
        let keys = succession::keys(&self.path, state)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = File::open(&self.path)?;
        key_file::hold(&taken)?;
        *file = Some(taken);
        self.keys.store(Arc::new(Some(keys)));
        Ok(())
    }

    /// A new build has the keys and the file.
    pub(crate) fn retire(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The server shuts down, or a build that did not take the keys over replaces this one: no key is valid any more,
    /// and the file is deleted if it is still the one that this build wrote.
    pub(crate) fn close(&self) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.keys.store(Arc::new(None));
        if let Some(held) = file.take() {
            key_file::delete(&self.path, &held);
        }
    }
}
