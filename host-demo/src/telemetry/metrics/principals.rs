//! Requests by principal: counted by number on the serving threads, named when the metrics are requested.

use std::{
    collections::BTreeMap,
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

/// Keys that one serving thread counts between two collections; requests of more count as `other`.
const SLOTS: usize = 256;
/// Slots that are searched for one key.
const PROBES: usize = 8;
/// Principals with their own series, so that the metrics stay bounded; more are `other`.
const NAMES_MAX: usize = 1000;
/// Names of keys that are remembered, so that the last requests of a replaced key are named too.
const REMEMBERED_MAX: usize = 4096;

const OTHER: &str = "other";

/// The counters of one serving thread; only this thread changes the numbers of its slots.
#[derive(Debug)]
pub(super) struct KeyCounters {
    slots: Box<[Slot; SLOTS]>,
    other: AtomicU64,
}

#[derive(Debug)]
struct Slot {
    /// 0 if it is free.
    key: AtomicU64,
    requests: AtomicU64,
}

impl KeyCounters {
    pub(super) fn new() -> Self {
        let slot = || Slot {
            key: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        };
        Self {
            slots: Box::new(std::array::from_fn(|_| slot())),
            other: AtomicU64::new(0),
        }
    }

    /// Counts a request of this key. No allocation and no lock.
    pub(super) fn count(&self, key: NonZeroU64) {
        let counter = self.slot_of(key).map_or(&self.other, |slot| &slot.requests);
        // A thread that takes the request sees the key for which it was counted.
        counter.fetch_add(1, Ordering::Release);
    }

    /// The key's slot, a free one, or one whose requests were collected.
    fn slot_of(&self, key: NonZeroU64) -> Option<&Slot> {
        let first = usize::try_from(key.get() % SLOTS as u64).unwrap_or_default();
        let probes = || (first..first + PROBES).filter_map(|number| self.slots.get(number % SLOTS));
        let number = |slot: &&Slot| slot.key.load(Ordering::Relaxed);
        if let Some(slot) = probes().find(|slot| number(slot) == key.get()) {
            return Some(slot);
        }
        let slot = probes()
            .find(|slot| number(slot) == 0)
            .or_else(|| probes().find(|slot| slot.requests.load(Ordering::Acquire) == 0))?;
        slot.key.store(key.get(), Ordering::Release);
        Some(slot)
    }

    /// Takes the counts since the last collection. Requests whose slot changes its key at this moment
    /// come back without a key.
    fn take(&self) -> impl Iterator<Item = (Option<NonZeroU64>, u64)> {
        let slots = self.slots.iter().map(|slot| {
            let before = slot.key.load(Ordering::Acquire);
            let requests = slot.requests.swap(0, Ordering::AcqRel);
            let after = slot.key.load(Ordering::Acquire);
            let key = NonZeroU64::new(after).filter(|_| before == after);
            (key, requests)
        });
        let other = std::iter::once_with(|| (None, self.other.swap(0, Ordering::AcqRel)));
        slots.chain(other).filter(|(_, requests)| *requests > 0)
    }
}

/// The requests collected so far, by name.
#[derive(Debug, Default)]
pub(super) struct Principals(Mutex<Totals>);

#[derive(Debug, Default)]
struct Totals {
    requests: BTreeMap<String, u64>,
    names: BTreeMap<NonZeroU64, String>,
}

impl Principals {
    /// Adds the counts of the serving threads since the last collection. No lock is held while
    /// `name_of` runs, which is code of a plugin and may block.
    pub(super) fn collect<'w>(
        &self,
        workers: impl Iterator<Item = &'w KeyCounters>,
        name_of: &dyn Fn(NonZeroU64) -> Option<String>,
    ) {
        for (key, requests) in workers.flat_map(KeyCounters::take) {
            let named = key.map(|key| (key, name_of(key)));
            let mut totals = self.0.lock();
            let name = named.and_then(|(key, name)| totals.remember(key, name));
            totals.add(name.unwrap_or_else(|| OTHER.to_owned()), requests);
        }
    }

    /// The plugin's name for a key; if it no longer has one, its last name.
    pub(super) fn remember(&self, key: NonZeroU64, name: Option<String>) -> Option<String> {
        self.0.lock().remember(key, name)
    }

    /// Requests by name.
    pub(super) fn requests(&self) -> Vec<(String, u64)> {
        let collected = self.0.lock();
        let requests = collected.requests.iter();
        requests
            .map(|(name, count)| (name.clone(), *count))
            .collect()
    }
}

impl Totals {
    /// The plugin's name for a key; if it no longer has one, its last name.
    fn remember(&mut self, key: NonZeroU64, name: Option<String>) -> Option<String> {
        let Some(name) = name else {
            return self.names.get(&key).cloned();
        };
        if self.names.len() >= REMEMBERED_MAX && !self.names.contains_key(&key) {
            self.names.pop_first();
        }
        self.names.insert(key, name.clone());
        Some(name)
    }

    fn add(&mut self, name: String, requests: u64) {
        let is_full = self.requests.len() >= NAMES_MAX;
        let name = if is_full && !self.requests.contains_key(&name) {
            OTHER.to_owned()
        } else {
            name
        };
        *self.requests.entry(name).or_default() += requests;
    }
}

#[cfg(test)]
mod tests;
