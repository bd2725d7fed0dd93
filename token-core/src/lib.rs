//! The life cycle of a token plugin's keys: how they are made, checked and replaced, and when they
//! expire.
//!
//! For plugins that let a request pass if it carries the right key.
//!
//! | topic | file |
//! | --- | --- |
//! | one key: random, compared in constant time, overwritten when dropped | `key.rs`, `key_length.rs` |
//! | the keys that are valid together | `keys.rs` |
//! | when a key expires, whatever is done to the wall clock | `expiry.rs`, `lifetime.rs` |
//! | time and randomness, passed in | `clock.rs`, `random.rs` |
//!
//! The feature `testing` adds a clock and randomness that a test controls.

// This runs in other people's servers and must not panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )
)]

pub use self::{
    clock::{COARSE_LAG_MAX_MICROS, Clock, CoarseReading, Reading, SystemClock},
    expiry::{Deadline, Expiry, ExpiryOutOfRange},
    key::{Key, KeyError},
    key_length::{InvalidKeyLength, KeyLength},
    keys::{ExpiringKey, ExpiringKind, KeyKind, KeyStatus, Keys, UnknownKind},
    lifetime::{InvalidLifetime, Lifetime},
    random::{EntropyError, Random, SystemRandom},
};

mod clock;
mod expiry;
mod key;
mod key_length;
mod keys;
mod lifetime;
mod random;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
