//! When a key ends.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::{
    clock::{Clock, GLANCE_LAG_MAX_MICROS, Glance, Reading},
    lifetime::Lifetime,
};

#[cfg(test)]
mod tests;

/// The end of one key.
///
/// A key has ended as soon as one of these holds:
/// - the wall clock shows the instant that is written in the key file, or a later one;
/// - the lifetime has run out by the clock that nobody can set and that goes on while the machine
///   is suspended: setting the wall clock back brings no key back;
/// - it was once seen ended: setting the wall clock forward and back again brings no key back
///   either.
///
/// # How the exact clocks are avoided
/// Both exact clocks together take 45 ns, a glance at the kernel's last tick takes 9. So an exact
/// reading that finds the key alive with time to spare grants a *lease* of 0.1 s, and while it runs
/// a glance is enough. No ended key passes by it:
/// - The lease runs by a clock that cannot be set. It begins at a glance taken before the exact
///   reading, and is over as soon as a later glance has passed it by; a glance lags by at most
///   [`GLANCE_LAG_MAX_MICROS`]. So the machine has run for less than lease plus lag since.
/// - Setting the wall clock, and the time that the machine is suspended, change how far the wall
///   clock is ahead of the clock that only counts running time. A glance is not enough once that
///   distance is another than it was when the lease began, by more than [`DRIFT_MAX_MICROS`]; as
///   the two clocks are glanced at one after the other, it can be wrong by the lag each time.
/// - A lease is granted only if more than the sum of all these was left by both clocks.
///
/// One thing escapes: a suspended machine whose wall clock is then set back by just the time it
/// slept, within 0.05 s, before the rest of the 0.1 s has run. The next exact reading sees it.
#[derive(Debug)]
pub(crate) struct Expiry {
    at: DateTime<Utc>,
    wall_micros: i64,
    boot_micros: i64,
    /// Until when, by [`Glance::running_micros`], a glance is enough; or [`NO_LEASE`], or [`ENDED`],
    /// which is never left again.
    lease: AtomicI64,
    /// How far the wall clock was ahead when the lease began. Written before the lease and read
    /// after it, so that it is never that of an older one.
    ahead_micros: AtomicI64,
}

impl Expiry {
    /// The end of a key made now.
    pub(crate) fn after(lifetime: Lifetime, now: Reading) -> Result<Self, ExpiryOutOfRange> {
        Self::at(Deadline {
            wall_micros: now.wall_micros.saturating_add(lifetime.micros()),
            boot_micros: now.boot_micros.saturating_add(lifetime.micros()),
            has_ended: false,
        })
    }

    /// The end of a key that a predecessor in the same process handed over.
    pub(crate) fn at(deadline: Deadline) -> Result<Self, ExpiryOutOfRange> {
        let at = DateTime::from_timestamp_micros(deadline.wall_micros)
            .filter(|at| (0..=LAST_YEAR).contains(&at.year()))
            .ok_or(ExpiryOutOfRange)?;
        let lease = if deadline.has_ended { ENDED } else { NO_LEASE };
        Ok(Self {
            at,
            wall_micros: deadline.wall_micros,
            boot_micros: deadline.boot_micros,
            lease: AtomicI64::new(lease),
            ahead_micros: AtomicI64::new(0),
        })
    }

    /// All that a successor in the same process needs to go on with it.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline {
            wall_micros: self.wall_micros,
            boot_micros: self.boot_micros,
            has_ended: self.lease.load(Ordering::Relaxed) == ENDED,
        }
    }

    /// Whether the key has ended. Waits for nothing.
    pub(crate) fn has_passed(&self, clock: &dyn Clock) -> bool {
        let glance = clock.glance();
        let is_leased = glance.running_micros < self.lease.load(Ordering::Acquire);
        let drift = ahead_micros(glance).abs_diff(self.ahead_micros.load(Ordering::Relaxed));
        !(is_leased && drift <= DRIFT_MAX_MICROS.unsigned_abs())
            && self.has_passed_exactly(glance, clock)
    }

    #[cold]
    fn has_passed_exactly(&self, glance: Glance, clock: &dyn Clock) -> bool {
        let lease = self.lease.load(Ordering::Relaxed);
        if lease == ENDED {
            return true;
        }
        let now = clock.read();
        let left_micros = i64::min(
            self.wall_micros.saturating_sub(now.wall_micros),
            self.boot_micros.saturating_sub(now.boot_micros),
        );
        if left_micros <= 0 {
            self.lease.store(ENDED, Ordering::Relaxed);
            return true;
        }
        if left_micros > SPARE_MICROS {
            self.ahead_micros
                .store(ahead_micros(glance), Ordering::Relaxed);
            let until = glance.running_micros.saturating_add(LEASE_MICROS);
            // Fails if another thread has granted a lease or seen the end meanwhile: that stands.
            let _ = self
                .lease
                .compare_exchange(lease, until, Ordering::Release, Ordering::Relaxed);
        }
        false
    }

    /// The first instant at which the key is refused, as the key file has it: RFC 3339, UTC, with 6
    /// digits of fraction and `Z`.
    pub(crate) fn text(&self) -> String {
        self.at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// The end of a key, by the clocks of this machine since it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// By [`Reading::wall_micros`].
    pub(crate) wall_micros: i64,
    /// By [`Reading::boot_micros`].
    pub(crate) boot_micros: i64,
    /// Whether the key was once seen ended.
    pub(crate) has_ended: bool,
}

const fn ahead_micros(glance: Glance) -> i64 {
    glance.wall_micros.saturating_sub(glance.running_micros)
}

/// The end of a key made now could not be written as RFC 3339: the wall clock is far off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expiration time is not within the years 0 to {LAST_YEAR}: is the clock right?")]
pub(crate) struct ExpiryOutOfRange;

/// RFC 3339 has four digits for the year.
const LAST_YEAR: i32 = 9999;

const LEASE_MICROS: i64 = 100_000;

const DRIFT_MAX_MICROS: i64 = 50_000;

/// What must be left when a lease is granted. The lag three times: for the lease, and for each of
/// the two distances that are compared.
const SPARE_MICROS: i64 = LEASE_MICROS + DRIFT_MAX_MICROS + 3 * GLANCE_LAG_MAX_MICROS;

const ENDED: i64 = i64::MIN;

const NO_LEASE: i64 = i64::MIN + 1;
