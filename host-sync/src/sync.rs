//! The types that threads share.
//!
//! With `--cfg loom`, the tests get types whose orders of execution loom goes through.

#[cfg(not(all(test, loom)))]
pub(crate) use self::real::{ArcSwap, AtomicBool, AtomicUsize, Guard, Mutex, MutexGuard, Ordering};

#[cfg(all(test, loom))]
pub(crate) use self::model::{
    ArcSwap, AtomicBool, AtomicUsize, Guard, Mutex, MutexGuard, Ordering,
};

#[cfg(not(all(test, loom)))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    pub(crate) use arc_swap::{ArcSwap, Guard};
    pub(crate) use parking_lot::{Mutex, MutexGuard};
}

#[cfg(all(test, loom))]
mod model;
