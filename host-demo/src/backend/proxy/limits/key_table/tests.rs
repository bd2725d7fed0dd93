use std::{sync::atomic::AtomicUsize, thread};

use super::*;

fn key(number: u64) -> NonZeroU64 {
    NonZeroU64::new(number).unwrap()
}

fn max(max: usize) -> NonZeroUsize {
    NonZeroUsize::new(max).unwrap()
}

/// Keys of one bucket.
fn neighbours() -> impl Iterator<Item = NonZeroU64> {
    let bucket = |number: u64| mix(number) % BUCKETS as u64;
    (1..).filter(move |&number| bucket(number) == 0).map(key)
}

#[test]
fn each_key_has_its_own_limit() {
    let table = KeyTable::new();
    let first = table.enter(key(1), max(2)).unwrap();
    table.enter(key(1), max(2)).unwrap();
    assert_eq!(table.enter(key(1), max(2)).unwrap_err(), NoEntry::Limit);
    table.enter(key(2), max(2)).unwrap();
    table.leave(&first);
    table.enter(key(1), max(2)).unwrap();
    assert_eq!(table.enter(key(1), max(2)).unwrap_err(), NoEntry::Limit);
}

#[test]
fn a_bucket_that_other_keys_fill_refuses_one_more_key_until_a_slot_is_free() {
    let table = KeyTable::new();
    let mut keys = neighbours();
    let mut slots: Vec<_> = keys
        .by_ref()
        .take(BUCKET_SLOTS)
        .map(|key| table.enter(key, max(1)).unwrap())
        .collect();
    let late = keys.next().unwrap();
    assert_eq!(table.enter(late, max(1)).unwrap_err(), NoEntry::Full);
    table.leave(&slots.pop().unwrap());
    table.enter(late, max(1)).unwrap();
}

#[test]
fn slots_are_used_again_whatever_the_number_of_keys() {
    let table = KeyTable::new();
    for number in 1..100_000 {
        let slot = table.enter(key(number), max(1)).unwrap();
        table.leave(&slot);
    }
}

#[test]
fn threads_together_never_exceed_the_limit_and_leave_nothing_behind() {
    const MAX: usize = 3;
    let table = KeyTable::new();
    let keys: Vec<_> = neighbours().take(BUCKET_SLOTS).collect();
    let running: Vec<_> = keys.iter().map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        for start in 0..4 {
            let (table, keys, running) = (&table, &keys, &running);
            scope.spawn(move || {
                for round in start..start + 20_000 {
                    let number = round % keys.len();
                    if let Ok(slot) = table.enter(keys[number], max(MAX)) {
                        let before = running[number].fetch_add(1, Ordering::SeqCst);
                        assert!(before < MAX);
                        running[number].fetch_sub(1, Ordering::SeqCst);
                        table.leave(&slot);
                    }
                }
            });
        }
    });
    for key in keys {
        for _ in 0..MAX {
            table.enter(key, max(MAX)).unwrap();
        }
    }
}
