use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use plugin_api::{TokenType, Verdict};

use crate::{key::Key, key_file};

/// The keys that are good now.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) management: Key,
    pub(crate) inference: Key,
    pub(crate) api: Key,
}

/// The keys in force, and how they are replaced.
pub(crate) struct Door {
    path: PathBuf,
    lifetime: Mutex<Duration>,
    /// A check reads it without a lock, whatever is being written.
    keys: ArcSwap<Option<Keys>>,
    /// Held while keys are replaced: one after the other.
    replacing: Mutex<()>,
}

impl Door {
    /// Closed: it has no keys yet.
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

    /// Makes one key anew, or with `TOKEN` all three. They count once they are in the file: an error leaves file and
    /// keys as they were.
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
                api: Key::random_without_end()?,
            },
        };
        key_file::write(&self.path, &keys)?;
        self.keys.store(Arc::new(Some(keys)));
        Ok(())
    }

    /// Whether this key opens what needs a key of this kind, at this moment.
    pub(crate) fn judge(&self, presented: &[u8], wanted: TokenType) -> Verdict {
        let keys = self.keys.load();
        let Some(keys) = keys.as_ref() else {
            return Verdict::DENY;
        };
        let now = Instant::now();
        // All three are compared whatever the outcome, so that the time of an answer tells nothing.
        let management = keys.management.is(presented, now);
        let inference = keys.inference.is(presented, now);
        let api = keys.api.is(presented, now);
        let right = match wanted {
            TokenType::TOKEN => api,
            TokenType::MANAGEMENT => management,
            TokenType::INFERENCE => inference,
            _ => false,
        };
        match (right, management | inference | api) {
            (true, _) => Verdict::ALLOW,
            (false, true) => Verdict::DENY_SCOPE,
            (false, false) => Verdict::DENY_INVALID,
        }
    }

    /// The end of the server: no key is good, and the file is gone.
    pub(crate) fn close(&self) {
        let _one_at_a_time = self
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.keys.swap(Arc::new(None)).is_some() {
            // There is nobody left to tell: keys that open nothing may stay.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
