//! The requests in progress of each key, in a table of fixed size that is changed without a lock.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::atomic::{AtomicU64, Ordering},
};

/// Each key has its count in one of these.
const BUCKETS: usize = 2048;
/// Keys of one bucket that can have requests at once.
const BUCKET_SLOTS: usize = 8;
/// The lower bits of a slot are the count, the others a part of the key.
const COUNT_BITS: u32 = 24;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// Counts by key. A slot is free again when its count is 0.
///
/// A slot holds 40 bits of the key beside its count, and the bucket stands for 11 more: two keys
/// that agree in all of them would share a limit, which never lets more requests through.
#[derive(Debug)]
pub(super) struct KeyTable {
    buckets: Box<[Bucket]>,
}

/// One line of the cache.
#[derive(Debug)]
#[repr(align(64))]
struct Bucket([AtomicU64; BUCKET_SLOTS]);

/// Where a request was counted.
#[derive(Debug)]
pub(super) struct KeySlot {
    bucket: usize,
    number: usize,
}

/// Why a request was not counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoEntry {
    /// The key has as many requests as it may have.
    Limit,
    /// All slots of the key's bucket are taken by other keys.
    Full,
}

impl KeyTable {
    pub(super) fn new() -> Self {
        let bucket = || Bucket([const { AtomicU64::new(0) }; BUCKET_SLOTS]);
        Self {
            buckets: (0..BUCKETS).map(|_| bucket()).collect(),
        }
    }

    /// Counts a request of this key, which may have `max`, less than 2 to the power of 24.
    pub(super) fn enter(&self, key: NonZeroU64, max: NonZeroUsize) -> Result<KeySlot, NoEntry> {
        let mixed = mix(key.get());
        let tag = mixed & !COUNT_MASK;
        let index = usize::try_from(mixed % BUCKETS as u64).unwrap_or_default();
        let bucket = self.buckets.get(index).ok_or(NoEntry::Full)?;
        let number = bucket.add(tag).ok_or(NoEntry::Full)?;
        let slot = KeySlot {
            bucket: index,
            number,
        };
        // Counted first and compared then: of two requests that come at once, at least one sees the
        // other. Both may be refused where only one has to be.
        if bucket.count(tag) > u64::try_from(max.get()).unwrap_or(u64::MAX) {
            self.leave(&slot);
            return Err(NoEntry::Limit);
        }
        Ok(slot)
    }

    /// Ends a request that was counted.
    pub(super) fn leave(&self, slot: &KeySlot) {
        let bucket = self.buckets.get(slot.bucket);
        if let Some(word) = bucket.and_then(|bucket| bucket.0.get(slot.number)) {
            word.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Bucket {
    /// Adds 1 in the slot of this tag, or in a free one; none if there is neither.
    fn add(&self, tag: u64) -> Option<usize> {
        loop {
            let words = || self.0.iter().enumerate();
            let read = |word: &AtomicU64| word.load(Ordering::SeqCst);
            let used = words().map(|(number, word)| (number, word, read(word)));
            let own = used
                .clone()
                .find(|(_, _, value)| value & COUNT_MASK > 0 && value & !COUNT_MASK == tag);
            let (number, word, value) = own.or_else(|| {
                let mut used = used;
                used.find(|(_, _, value)| value & COUNT_MASK == 0)
            })?;
            let next = match value & COUNT_MASK {
                0 => tag | 1,
                COUNT_MASK => return None,
                _ => value + 1,
            };
            let exchanged = word.compare_exchange(value, next, Ordering::SeqCst, Ordering::SeqCst);
            if exchanged.is_ok() {
                return Some(number);
            }
        }
    }

    /// The requests of a tag. Two threads that begin with a key at once may have taken two slots.
    fn count(&self, tag: u64) -> u64 {
        let values = self.0.iter().map(|word| word.load(Ordering::SeqCst));
        let own = values.filter(|value| value & !COUNT_MASK == tag);
        own.map(|value| value & COUNT_MASK).sum()
    }
}

/// Spreads the ids of keys, which a plugin may count from 1, over all bits; no two become one
/// (the finalizer of `SplitMix64`).
const fn mix(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

#[cfg(test)]
mod tests;
