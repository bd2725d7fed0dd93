//! When a key expires.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::{
    clock::{COARSE_LAG_MAX_MICROS, Clock, CoarseReading, Reading},
    lifetime::Lifetime,
    sync::{AtomicI64, Ordering},
};

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(test)]
mod tests;

/// The expiration of one key.
///
/// A key has expired as soon as one of these holds:
/// - the wall clock shows the published instant or a later one;
/// - the lifetime is over by the clock that cannot be set and that goes on while the machine is
///   suspended: setting the wall clock back makes no key valid again;
/// - it was once found expired: setting the wall clock forward and back again makes no key valid
///   again either.
///
/// # How the exact clocks are avoided
/// Reading both exact clocks takes 45 ns, reading the coarse ones takes 9. So an exact reading that
/// finds the key valid with enough time left grants a *lease* of 0.1 s, during which a coarse
/// reading is sufficient. No expired key passes because of it:
/// - The lease is measured by a clock that cannot be set. It begins at a coarse reading taken before
///   the exact one, and is over as soon as a later coarse reading has passed it; a coarse reading
///   lags by at most [`COARSE_LAG_MAX_MICROS`]. So the machine has run for less than lease plus lag
///   since.
/// - Setting the wall clock, and suspending the machine, change how far the wall clock is ahead of
///   the clock that only counts running time. A coarse reading is not sufficient once that distance
///   differs from the one at the beginning of the lease by more than `DRIFT_MAX_MICROS`; as the
///   two clocks are read one after the other, it can be wrong by the lag each time.
/// - A lease is granted only if more than the sum of all these was left by both clocks.
///
/// One case is not detected at once: a suspended machine whose wall clock is then set back by the
/// time it slept, to within 0.05 s, before the rest of the 0.1 s has run. The next exact reading
/// detects it.
///
/// # Threading
/// Checked from all threads at once, without a lock.
#[derive(Debug)]
pub struct Expiry {
    at: DateTime<Utc>,
    wall_micros: i64,
    boot_micros: i64,
    /// Until when, by [`CoarseReading::running_micros`], a coarse reading is sufficient; or
    /// [`NO_LEASE`], or [`EXPIRED`], which never changes again.
    lease: AtomicI64,
    /// How far the wall clock was ahead when the lease began. Written before the lease and read
    /// after it, so that it never belongs to an older one.
    ahead_micros: AtomicI64,
}

impl Expiry {
    /// The expiration of a key that is made now.
    ///
    /// # Errors
    /// [`ExpiryOutOfRange`]: the wall clock is far off.
    pub fn after(lifetime: Lifetime, now: Reading) -> Result<Self, ExpiryOutOfRange> {
        Self::at(Deadline {
            wall_micros: now.wall_micros.saturating_add(lifetime.micros()),
            boot_micros: now.boot_micros.saturating_add(lifetime.micros()),
            has_expired: false,
        })
    }

    /// The expiration of a key that was made before on this machine, since it was started.
    ///
    /// # Errors
    /// [`ExpiryOutOfRange`]: the instant cannot be written as RFC 3339.
    pub fn at(deadline: Deadline) -> Result<Self, ExpiryOutOfRange> {
        let at = DateTime::from_timestamp_micros(deadline.wall_micros)
            .filter(|at| (0..=LAST_YEAR).contains(&at.year()))
            .ok_or(ExpiryOutOfRange)?;
        let lease = if deadline.has_expired {
            EXPIRED
        } else {
            NO_LEASE
        };
        Ok(Self {
            at,
            wall_micros: deadline.wall_micros,
            boot_micros: deadline.boot_micros,
            lease: AtomicI64::new(lease),
            ahead_micros: AtomicI64::new(0),
        })
    }

    /// All that is needed to make the same expiration again with [`at`](Self::at).
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        Deadline {
            wall_micros: self.wall_micros,
            boot_micros: self.boot_micros,
            has_expired: self.lease.load(Ordering::Relaxed) == EXPIRED,
        }
    }

    /// Whether the key has expired. Takes no lock.
    pub fn has_passed(&self, clock: &dyn Clock) -> bool {
        let coarse = clock.read_coarse();
        let is_leased = coarse.running_micros < self.lease.load(Ordering::Acquire);
        let drift = ahead_micros(coarse).abs_diff(self.ahead_micros.load(Ordering::Relaxed));
        !(is_leased && drift <= DRIFT_MAX_MICROS.unsigned_abs())
            && self.has_passed_exactly(coarse, clock)
    }

    #[cold]
    fn has_passed_exactly(&self, coarse: CoarseReading, clock: &dyn Clock) -> bool {
        let lease = self.lease.load(Ordering::Relaxed);
        let left_micros = self.left_micros_unless_expired(lease, clock);
        if left_micros == 0 {
            return true;
        }
        if left_micros > SPARE_MICROS {
            self.ahead_micros
                .store(ahead_micros(coarse), Ordering::Relaxed);
            let until = coarse.running_micros.saturating_add(LEASE_MICROS);
            // Fails if another thread has granted a lease or found the key expired meanwhile: that
            // remains in force.
            let _ = self
                .lease
                .compare_exchange(lease, until, Ordering::Release, Ordering::Relaxed);
        }
        false
    }

    /// How long the key is still valid, by the clock that leaves less; 0 once it has expired.
    pub fn left_micros(&self, clock: &dyn Clock) -> i64 {
        self.left_micros_unless_expired(self.lease.load(Ordering::Relaxed), clock)
    }

    fn left_micros_unless_expired(&self, lease: i64, clock: &dyn Clock) -> i64 {
        if lease == EXPIRED {
            return 0;
        }
        let now = clock.read();
        let left_micros = i64::min(
            self.wall_micros.saturating_sub(now.wall_micros),
            self.boot_micros.saturating_sub(now.boot_micros),
        );
        if left_micros <= 0 {
            // An exchange and not a store, so that it is ordered with the leases of other threads
            // for loom as well, which knows no order of stores.
            self.lease.swap(EXPIRED, Ordering::Acquire);
        }
        left_micros.max(0)
    }

    /// The first instant at which the key is rejected: RFC 3339, UTC, with 6 digits of fraction and
    /// `Z`.
    #[must_use]
    pub fn text(&self) -> String {
        self.at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// When a key expires, by the clocks of this machine since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// By [`Reading::wall_micros`].
    pub wall_micros: i64,
    /// By [`Reading::boot_micros`].
    pub boot_micros: i64,
    /// Whether the key was once found expired.
    pub has_expired: bool,
}

const fn ahead_micros(coarse: CoarseReading) -> i64 {
    coarse.wall_micros.saturating_sub(coarse.running_micros)
}

/// An expiration that cannot be written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expiration time is not within the years 0 to {LAST_YEAR}: is the clock right?")]
pub struct ExpiryOutOfRange;

/// RFC 3339 has four digits for the year.
const LAST_YEAR: i32 = 9999;

const LEASE_MICROS: i64 = 100_000;

const DRIFT_MAX_MICROS: i64 = 50_000;

/// What must be left when a lease is granted. The lag three times: for the lease, and for each of
/// the two distances that are compared.
const SPARE_MICROS: i64 = LEASE_MICROS + DRIFT_MAX_MICROS + 3 * COARSE_LAG_MAX_MICROS;

const EXPIRED: i64 = i64::MIN;

const NO_LEASE: i64 = i64::MIN + 1;
