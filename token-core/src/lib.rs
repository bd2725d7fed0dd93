//! The life cycle of a token plugin's keys: how they are made, stored, checked, replaced and handed
//! over to a new build, and when they expire.
//!
//! A plugin brings a [`KeyStore`], such as a file, makes a [`Keyring`] over it, and checks requests
//! against the [`ActiveKeys`].
//!
//! | topic | file |
//! | --- | --- |
//! | one key: random, compared in constant time, overwritten when dropped | `key.rs`, `key_length.rs` |
//! | the three keys that are valid together | `keys.rs` |
//! | when a key expires, whatever is done to the wall clock | `expiry.rs`, `lifetime.rs` |
//! | what is done before a key expires and when it does | `expiry_watch.rs` |
//! | time and randomness, passed in | `clock.rs`, `random.rs` |
//! | the keys in force: what a check reads | `active.rs`, `snapshot.rs` |
//! | how keys are generated, replaced and invalidated | `keyring.rs`, `event.rs`, `error.rs` |
//! | what a store of the keys must be able to do | `store.rs` |
//! | how a new build continues with the keys | `hand_over.rs` |
//!
//! It does not depend on the contract between host and plugins: verdicts, the log and the state that
//! a host passes on are the plugin's.
//!
//! The feature `testing` adds a clock and randomness that a test controls.

// This code runs in the server's process and must not panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )
)]

#[cfg(fuzzing)]
pub use self::hand_over::fuzzing;
pub use self::{
    active::{ActiveKeys, Subscriber},
    clock::{COARSE_LAG_MAX_MICROS, Clock, CoarseReading, Reading, SystemClock},
    error::{KeyringError, NotInForce},
    event::{KeyEvent, RotationCause},
    expiry::{Deadline, Expiry, ExpiryOutOfRange},
    expiry_watch::ExpiryWatch,
    hand_over::{HAND_OVER_VERSION, Reader},
    key::{Key, KeyError, KeyId},
    key_length::{InvalidKeyLength, KeyLength},
    keyring::Keyring,
    keys::{CheckedKey, ExpiringKey, ExpiringKind, KeyEnds, KeyKind, KeyStatus, Keys, UnknownKind},
    lifetime::{InvalidLifetime, Lifetime},
    random::{EntropyError, Random, SystemRandom},
    snapshot::{Revision, Snapshot, Version},
    store::{Claim, KeyStore, PublishError},
};

mod active;
mod clock;
mod error;
mod event;
mod expiry;
mod expiry_watch;
mod hand_over;
mod key;
mod key_length;
mod keyring;
mod keys;
mod lifetime;
mod random;
mod snapshot;
mod store;
mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
