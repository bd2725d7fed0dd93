//! Users of one budget in every order: run with `cargo xtask loom`.

use loom::{model, sync::Arc, thread};

use super::BoundedCount;

const MAX: usize = 10;
/// Less than the maximum, of which the rest is for others.
const PART: usize = 6;

/// As a reservation that grows once: what was taken is given back, if growing fails as well.
fn use_some(count: &BoundedCount, first: usize, more: usize, max: usize) {
    let mut taken = 0;
    for bytes in [first, more] {
        if count.take(bytes, max).is_ok() {
            taken += bytes;
            assert!(count.used() >= taken);
        }
        assert!(count.used() <= MAX);
    }
    count.give_back(taken);
}

#[test]
fn never_more_than_the_maximum_is_in_use_and_in_the_end_nothing() {
    model(|| {
        let count = Arc::new(BoundedCount::default());
        let other = {
            let count = Arc::clone(&count);
            thread::spawn(move || use_some(&count, 6, 4, MAX))
        };
        use_some(&count, 5, 1, PART);
        other.join().unwrap();
        assert_eq!(count.used(), 0);
    });
}

#[test]
fn what_one_gave_back_another_gets() {
    model(|| {
        let count = Arc::new(BoundedCount::default());
        count.take(MAX, MAX).unwrap();
        let giving = {
            let count = Arc::clone(&count);
            thread::spawn(move || count.give_back(4))
        };
        let taken = count.take(4, MAX);
        giving.join().unwrap();
        if taken.is_err() {
            count.take(4, MAX).unwrap();
        }
        assert_eq!(count.used(), MAX);
    });
}
