//! What threads share without a lock that lasts, or with one.
//!
//! With `--cfg loom`, the tests get types whose orders of execution loom goes through.

#[cfg(not(all(test, loom)))]
pub(crate) use self::real::{ArcSwapOption, AtomicI64, Mutex, Ordering};

#[cfg(all(test, loom))]
pub(crate) use self::model::{ArcSwapOption, AtomicI64, Mutex, Ordering};

#[cfg(not(all(test, loom)))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicI64, Ordering};

    pub(crate) use arc_swap::ArcSwapOption;
    pub(crate) use parking_lot::Mutex;
}

#[cfg(all(test, loom))]
mod model;
