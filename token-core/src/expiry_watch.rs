//! What is done before a key expires, and when it does.

use std::{
    ptr,
    sync::{Arc, Weak},
    time::Duration,
};

use crate::{
    clock::Clock,
    event::KeyEvent,
    keyring::{Keyring, Replacement},
    keys::{ExpiringKey, ExpiringKind},
    lifetime::Lifetime,
    store::KeyStore,
};

/// Reports once for each key that it expires soon, and once that it has; and replaces it before, if
/// that is wanted.
///
/// A key that is first seen when less than the notice is left is not reported as one that expires
/// soon, nor one that is first seen when it has expired: when it was made, or taken over, that was
/// told.
///
/// It has no clock and no thread of its own: [`attend`](Self::attend) is called by its owner.
#[derive(Debug)]
pub struct ExpiryWatch {
    replace_before: Option<Lifetime>,
    management: Watched,
    inference: Watched,
}

/// A key, and what was already done about its end. Not the key itself: a replaced one is overwritten
/// at once.
#[derive(Debug, Default)]
struct Watched {
    key: Weak<ExpiringKey>,
    is_notice_due: bool,
    is_end_due: bool,
    /// When it could not be replaced, by [`Reading::boot_micros`](crate::Reading::boot_micros).
    failed_boot_micros: Option<i64>,
}

impl ExpiryWatch {
    /// How long before a key expires that is reported.
    pub const NOTICE_MINUTES: u32 = 10;

    /// Replaces keys for which this time is left or less; none by default. Then their coming end is
    /// not reported: it is of no concern unless the replacement fails, which is reported.
    #[must_use]
    pub fn new(replace_before: Option<Lifetime>) -> Self {
        Self {
            replace_before,
            management: Watched::default(),
            inference: Watched::default(),
        }
    }

    /// Does what is due for the keys in force, and returns when to call it again at the latest. The
    /// wall clock can be set at any time, so that is soon.
    pub fn attend<S: KeyStore>(&mut self, keyring: &Keyring<S>) -> Duration {
        let mut pause_micros = PAUSE_MAX_MICROS;
        for kind in [ExpiringKind::Management, ExpiringKind::Inference] {
            let Some(snapshot) = keyring.active().snapshot() else {
                continue;
            };
            let key = snapshot.keys.expiring(kind);
            let due_in_micros = self.attend_to(kind, key, keyring);
            pause_micros = pause_micros.min(due_in_micros);
        }
        Duration::from_micros(pause_micros.unsigned_abs().max(PAUSE_MIN_MICROS))
    }

    /// Returns after how many microseconds something else is due.
    fn attend_to<S: KeyStore>(
        &mut self,
        kind: ExpiringKind,
        key: &Arc<ExpiringKey>,
        keyring: &Keyring<S>,
    ) -> i64 {
        let replace_before = self.replace_before.map(Lifetime::micros);
        let watched = match kind {
            ExpiringKind::Management => &mut self.management,
            ExpiringKind::Inference => &mut self.inference,
        };
        let left_micros = watched.look_at(key, keyring.active().clock());
        let expiry = &key.expiry;
        if replace_before.is_some_and(|before| left_micros <= before)
            && watched.replace(kind, keyring) == Replacement::Done
        {
            // The new key is looked at next.
            return 0;
        }
        if left_micros == 0 {
            if watched.is_end_due {
                keyring.report(&KeyEvent::Expired { kind, expiry });
            }
            (watched.is_notice_due, watched.is_end_due) = (false, false);
            return PAUSE_MAX_MICROS;
        }
        if left_micros <= NOTICE_MICROS && watched.is_notice_due {
            if replace_before.is_none() {
                keyring.report(&KeyEvent::ExpiresSoon { kind, expiry });
            }
            watched.is_notice_due = false;
        }
        [
            Some(0),
            watched.is_notice_due.then_some(NOTICE_MICROS),
            replace_before,
        ]
        .into_iter()
        .flatten()
        .map(|before| left_micros.saturating_sub(before))
        // What is overdue could not be done, and is tried again after the longest pause.
        .filter(|&due_in| due_in > 0)
        .fold(PAUSE_MAX_MICROS, i64::min)
    }
}

impl Watched {
    /// How long the key is valid. If it is another one than before, begins with it.
    fn look_at(&mut self, key: &Arc<ExpiringKey>, clock: &dyn Clock) -> i64 {
        let left_micros = key.expiry.left_micros(clock);
        if !ptr::eq(self.key.as_ptr(), Arc::as_ptr(key)) {
            *self = Self {
                key: Arc::downgrade(key),
                is_notice_due: left_micros > NOTICE_MICROS,
                is_end_due: left_micros > 0,
                failed_boot_micros: None,
            };
        }
        left_micros
    }

    /// Replaces the key, unless that failed just now.
    fn replace<S: KeyStore>(&mut self, kind: ExpiringKind, keyring: &Keyring<S>) -> Replacement {
        let now = keyring.active().clock().read().boot_micros;
        let has_failed_just_now = self
            .failed_boot_micros
            .is_some_and(|failed| now.saturating_sub(failed) < RETRY_MICROS);
        if has_failed_just_now {
            return Replacement::NotNow;
        }
        let replacement = keyring.replace_expiring(kind, &self.key);
        self.failed_boot_micros = (replacement == Replacement::Failed).then_some(now);
        replacement
    }
}

const NOTICE_MICROS: i64 = ExpiryWatch::NOTICE_MINUTES as i64 * 60_000_000;

/// A replacement that failed is repeated: each time is a line in the log.
const RETRY_MICROS: i64 = 60_000_000;

/// So that a wall clock that was set is noticed.
const PAUSE_MAX_MICROS: i64 = 10_000_000;

/// Several things that are due one after the other do not keep a processor busy.
const PAUSE_MIN_MICROS: u64 = 1_000;
