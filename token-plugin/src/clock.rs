//! The clocks: the only file that reads them.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Tells the time, in whole microseconds.
///
/// Passed in, so that tests decide the time. Called from every thread at once.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Reads the exact clocks.
    fn read(&self) -> Reading;

    /// Reads the clocks as of the kernel's last tick: about a fifth of the cost of [`Clock::read`].
    ///
    /// Both values may lag behind the exact ones, by at most [`GLANCE_LAG_MAX_MICROS`], and are
    /// never ahead of them.
    fn glance(&self) -> Glance;
}

/// How far a [`Glance`] may lag behind: far more than the 1 to 10 ms of a kernel tick, because a
/// virtual machine that is short of processor time can miss ticks.
pub(crate) const GLANCE_LAG_MAX_MICROS: i64 = 1_000_000;

/// The exact time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The wall clock: since 1970-01-01 UTC. An administrator can set it, back too.
    pub(crate) wall_micros: i64,
    /// Since an arbitrary start. Nobody can set it, and it goes on while the machine is suspended.
    pub(crate) boot_micros: i64,
}

/// The time of the last kernel tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance {
    /// The wall clock: since 1970-01-01 UTC.
    pub(crate) wall_micros: i64,
    /// Since an arbitrary start. Nobody can set it; it stands still while the machine is suspended.
    pub(crate) running_micros: i64,
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        // The wall clock first: should the thread be held up between the two, a key lives by the
        // wall clock, whose instant is the one in the key file.
        let wall_micros = micros(clock_gettime(ClockId::Realtime));
        Reading {
            wall_micros,
            boot_micros: micros(clock_gettime(BOOT)),
        }
    }

    fn glance(&self) -> Glance {
        Glance {
            wall_micros: micros(clock_gettime(WALL_GLANCE)),
            running_micros: micros(clock_gettime(RUNNING_GLANCE)),
        }
    }
}

fn micros(time: Timespec) -> i64 {
    time.tv_sec
        .saturating_mul(1_000_000)
        .saturating_add(time.tv_nsec / 1_000)
}

#[cfg(target_os = "linux")]
const BOOT: ClockId = ClockId::Boottime;
#[cfg(target_os = "linux")]
const WALL_GLANCE: ClockId = ClockId::RealtimeCoarse;
#[cfg(target_os = "linux")]
const RUNNING_GLANCE: ClockId = ClockId::MonotonicCoarse;

// Elsewhere the exact clocks serve for both: correct, and slower.
#[cfg(not(target_os = "linux"))]
const BOOT: ClockId = ClockId::Monotonic;
#[cfg(not(target_os = "linux"))]
const WALL_GLANCE: ClockId = ClockId::Realtime;
#[cfg(not(target_os = "linux"))]
const RUNNING_GLANCE: ClockId = ClockId::Monotonic;
