use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{Clock, CoarseReading, Reading};

/// A clock that stands still until a test moves it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    wall_micros: AtomicI64,
    boot_micros: AtomicI64,
    running_micros: AtomicI64,
    lag_micros: AtomicI64,
    readings: AtomicI64,
}

impl ManualClock {
    /// 2024-02-16T20:12:24.801167Z, on a machine that has run for an hour.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Hands {
            wall_micros: AtomicI64::new(1_708_114_344_801_167),
            boot_micros: AtomicI64::new(3_600_000_000),
            running_micros: AtomicI64::new(3_600_000_000),
            lag_micros: AtomicI64::new(0),
            readings: AtomicI64::new(0),
        }))
    }

    /// Time passes.
    pub fn run(&self, micros: i64) {
        self.0.running_micros.fetch_add(micros, Ordering::SeqCst);
        self.suspend(micros);
    }

    /// Time passes while the machine is suspended.
    pub fn suspend(&self, micros: i64) {
        self.0.boot_micros.fetch_add(micros, Ordering::SeqCst);
        self.set_wall_by(micros);
    }

    /// An administrator sets the wall clock forward, or back.
    pub fn set_wall_by(&self, micros: i64) {
        self.0.wall_micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// The kernel's last tick was this long ago.
    pub fn lag_by(&self, micros: i64) {
        self.0.lag_micros.store(micros, Ordering::SeqCst);
    }

    /// How often the exact clocks were read.
    #[must_use]
    pub fn readings(&self) -> i64 {
        self.0.readings.load(Ordering::SeqCst)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        self.0.readings.fetch_add(1, Ordering::SeqCst);
        Reading {
            wall_micros: self.0.wall_micros.load(Ordering::SeqCst),
            boot_micros: self.0.boot_micros.load(Ordering::SeqCst),
        }
    }

    fn read_coarse(&self) -> CoarseReading {
        let lag_micros = self.0.lag_micros.load(Ordering::SeqCst);
        let behind = |hand: &AtomicI64| hand.load(Ordering::SeqCst).saturating_sub(lag_micros);
        CoarseReading {
            wall_micros: behind(&self.0.wall_micros),
            running_micros: behind(&self.0.running_micros),
        }
    }
}
