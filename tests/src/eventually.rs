use std::{
    thread,
    time::{Duration, Instant},
};

/// How long to wait before a test fails: long, because a loaded machine is not an error.
pub const DEADLINE: Duration = Duration::from_secs(30);

const INTERVAL: Duration = Duration::from_millis(5);

/// Waits until `probe` returns something.
///
/// # Panics
/// When it returned nothing within [`DEADLINE`].
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "not within {DEADLINE:?}: {what}"
        );
        thread::sleep(INTERVAL);
    }
}
