//! Checks while keys are replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use super::Ring;
use crate::{ExpiringKind, KeyKind, KeyStatus, SystemRandom};

/// No machine is that slow.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn checks_during_rotations_accept_the_current_key_and_none_that_was_replaced_before_they_began() {
    const ROTATIONS: usize = 300;
    let ring = Ring::with(SystemRandom);
    let (begun, checks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let published = ArcSwap::from_pointee(Round {
        number: 0,
        current: ring.generate().inference,
        replaced: vec![b'A'; 43],
    });
    let begun_at = Instant::now();
    thread::scope(|scope| {
        let check = || {
            loop {
                let round = published.load_full();
                let status = |key| ring.check(KeyKind::Inference, key);
                assert_eq!(status(&round.replaced), KeyStatus::Invalid);
                if status(&round.current) != KeyStatus::Valid {
                    assert!(begun.load(Ordering::SeqCst) > round.number);
                }
                checks.fetch_add(1, Ordering::SeqCst);
                if round.number == ROTATIONS {
                    return;
                }
            }
        };
        for _ in 0..8 {
            scope.spawn(check);
        }
        for number in 1..=ROTATIONS {
            begun.store(number, Ordering::SeqCst);
            let current = ring.rotate(ExpiringKind::Inference).inference;
            let replaced = published.load().current.clone();
            published.store(Arc::new(Round {
                number,
                current,
                replaced,
            }));
            // No round without a check. If the checks end early, a thread has failed.
            let checks_before = checks.load(Ordering::SeqCst);
            while checks.load(Ordering::SeqCst) == checks_before && begun_at.elapsed() < DEADLINE {
                thread::yield_now();
            }
        }
    });
    assert!(checks.into_inner() >= ROTATIONS);
}

/// The completed rotations when a check begins.
struct Round {
    number: usize,
    current: Vec<u8>,
    replaced: Vec<u8>,
}
