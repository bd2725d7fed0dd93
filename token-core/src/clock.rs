//! The clocks: the only file of this crate that reads the time.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// A source of time, in whole microseconds.
///
/// Passed in, so that tests control the time.
///
/// # Threading
/// Called from all threads at once.
pub trait Clock: Send + Sync + 'static {
    /// Reads the exact clocks.
    fn read(&self) -> Reading;

    /// Reads the coarse clocks, which show the time of the kernel's last tick: about a fifth of the
    /// cost of [`read`](Self::read).
    ///
    /// Both values may lag behind the exact ones by at most [`COARSE_LAG_MAX_MICROS`], and are never
    /// ahead of them.
    fn read_coarse(&self) -> CoarseReading;
}

/// How far a [`CoarseReading`] may lag behind. Far more than the 1 to 10 ms of a kernel tick,
/// because a virtual machine that is short of processor time can miss ticks.
pub const COARSE_LAG_MAX_MICROS: i64 = 1_000_000;

/// The exact time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock: microseconds since 1970-01-01 UTC. An administrator can set it, back too.
    pub wall_micros: i64,
    /// Microseconds since an arbitrary start. It cannot be set, and goes on while the machine is
    /// suspended.
    pub boot_micros: i64,
}

/// The time of the last kernel tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoarseReading {
    /// The wall clock: microseconds since 1970-01-01 UTC.
    pub wall_micros: i64,
    /// Microseconds since an arbitrary start. It cannot be set, and stops while the machine is
    /// suspended.
    pub running_micros: i64,
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        // The wall clock first: if the thread is interrupted between the two, the lifetime follows
        // the wall clock, whose instant is the one that is published.
        let wall_micros = micros(clock_gettime(ClockId::Realtime));
        Reading {
            wall_micros,
            boot_micros: micros(clock_gettime(BOOT)),
        }
    }

    fn read_coarse(&self) -> CoarseReading {
        CoarseReading {
            wall_micros: micros(clock_gettime(WALL_COARSE)),
            running_micros: micros(clock_gettime(RUNNING_COARSE)),
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
const WALL_COARSE: ClockId = ClockId::RealtimeCoarse;
#[cfg(target_os = "linux")]
const RUNNING_COARSE: ClockId = ClockId::MonotonicCoarse;

// Elsewhere the exact clocks are read for both: correct, and slower.
#[cfg(not(target_os = "linux"))]
const BOOT: ClockId = ClockId::Monotonic;
#[cfg(not(target_os = "linux"))]
const WALL_COARSE: ClockId = ClockId::Realtime;
#[cfg(not(target_os = "linux"))]
const RUNNING_COARSE: ClockId = ClockId::Monotonic;
