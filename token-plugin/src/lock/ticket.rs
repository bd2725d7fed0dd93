//! The content of a lock file.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    process,
};

/// Identifies one acquisition of the lock and the keys that were written since: a new ticket is
/// written whenever the lock is acquired and whenever keys are replaced.
///
/// Unique and not secret: every user who can read the lock file can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Ticket {
    /// A ticket that no other thread, process or copy of this library has.
    #[must_use]
    pub(crate) fn new() -> Self {
        // Each state is seeded by the operating system and differs from the previous ones. A counter
        // would begin again in each build that the server loads.
        Self(RandomState::new().build_hasher().finish())
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// The text of a lock file of this process: its number for readers, then the ticket.
    #[must_use]
    pub(super) fn record(self) -> String {
        format!("{}\n{:016x}\n", process::id(), self.0)
    }
}

/// The process that a lock file names.
pub(super) fn process_id(record: &[u8]) -> Option<u32> {
    str::from_utf8(record).ok()?.lines().next()?.parse().ok()
}

/// More than any record: a number of 10 digits, one of 16, and two line ends.
pub(super) const RECORD_BYTES_MAX: usize = 32;
