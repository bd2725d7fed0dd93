use std::{
    io,
    num::NonZeroU64,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use plugin_api::{TokenType, Verdict};

use crate::{key::Key, key_file};

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
    /// Held while keys are replaced, one after another.
    replacing: Mutex<()>,
}

impl Keyring {
    /// Without keys: every check is denied.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            lifetime: Mutex::new(Duration::from_secs(3600)),
            keys: ArcSwap::from_pointee(None),
            replacing: Mutex::default(),
        }
    }

    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner) = lifetime;
    }

    /// Replaces one key, or with `TOKEN` all three. They are in force once they are in the file: an error leaves file
    /// and keys as they were.
    pub(crate) fn replace(&self, which: TokenType) -> io::Result<()> {
        let _one_at_a_time = self
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
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
        key_file::write(&self.path, &keys)?;
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
        let now = Instant::now();
        // All three are compared whatever the result, so that the time of the response reveals nothing.
        let management = keys.management.is_valid(presented, now);
        let inference = keys.inference.is_valid(presented, now);
        let api = keys.api.is_valid(presented, now);
        let is_wanted = match wanted {
            TokenType::TOKEN => api,
            TokenType::MANAGEMENT => management,
            TokenType::INFERENCE => inference,
            _ => false,
        };
        let found = [
            (management, &keys.management),
            (inference, &keys.inference),
            (api, &keys.api),
        ]
        .into_iter()
        .find_map(|(is_it, key)| is_it.then_some(key));
        match (is_wanted, found) {
            (true, Some(key)) => (Verdict::ALLOW, key.id()),
            (false, Some(key)) => (Verdict::DENY_SCOPE, key.id()),
            (_, None) => (Verdict::DENY_INVALID, None),
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

    /// The server shuts down: no key is valid any more, and the file is deleted.
    pub(crate) fn close(&self) {
        let _one_at_a_time = self
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.keys.swap(Arc::new(None)).is_some() {
            // An error cannot be reported here, and keys that are not valid any more may stay in the file.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
