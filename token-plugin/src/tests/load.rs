//! Successors while other threads check and lock.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use super::{Server, allows_all};

/// No machine is that slow.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// Ends the other threads, after a panic too: the scope waits for them.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn over_200_swaps_every_valid_key_is_allowed_and_no_other_server_gets_in() {
    const SWAPS: usize = 200;
    const CHECKERS: usize = 4;
    let server = Server::new();
    let current = ArcSwap::from_pointee(server.first());
    let is_done = AtomicBool::new(false);
    let (checks, attempts) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (refused, got_in) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CHECKERS {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    if !allows_all(&current.load()) {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    checks.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                if !server.is_locked() {
                    got_in.fetch_add(1, Ordering::Relaxed);
                }
                attempts.fetch_add(1, Ordering::Relaxed);
            }
        });
        let end = EndOnDrop(&is_done);
        for swap in 0..SWAPS {
            let (checks_before, attempts_before) = (
                checks.load(Ordering::Relaxed),
                attempts.load(Ordering::Relaxed),
            );
            let old = current.load_full();
            if swap % 3 == 0 {
                drop(server.swap(&old));
            }
            current.store(server.swap(&old).into());
            old.keyring.retire();
            let begin = Instant::now();
            while checks.load(Ordering::Relaxed) == checks_before
                || attempts.load(Ordering::Relaxed) == attempts_before
            {
                assert!(begin.elapsed() < STALLED_AFTER, "no thread checks or locks");
                thread::yield_now();
            }
        }
        drop(end);
    });
    assert_eq!(refused.into_inner(), 0);
    assert_eq!(got_in.into_inner(), 0);
    drop(current);
    assert_eq!(server.files(), Vec::<String>::new());
}
