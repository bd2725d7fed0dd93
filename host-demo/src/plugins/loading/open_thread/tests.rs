use std::sync::mpsc;

use super::*;

const ENOUGH: Duration = Duration::from_secs(60);

#[test]
fn what_returns_in_time_is_passed_on() {
    assert_eq!(run(ENOUGH, || 7).unwrap(), 7);
}

/// Tells when it is dropped.
struct Dropped(mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Whether it returns or unwinds.
#[test]
fn what_returns_too_late_is_dropped_and_its_thread_no_longer_counted() {
    for unwinds in [false, true] {
        let (release, released) = mpsc::channel::<()>();
        let (dropped, is_dropped) = mpsc::channel();
        let late = run(Duration::from_millis(1), move || {
            let dropped = Dropped(dropped);
            let _ = released.recv();
            if unwinds {
                std::panic::resume_unwind(Box::new(()));
            }
            dropped
        });
        assert!(matches!(late, Err(OpenThreadError::Late { .. })));
        assert_eq!(abandoned(), 1);
        drop(release);
        is_dropped.recv_timeout(ENOUGH).unwrap();
        while abandoned() > 0 {
            thread::yield_now();
        }
    }
}

#[test]
fn what_unwinds_is_an_error() {
    let ended = run(ENOUGH, || std::panic::resume_unwind(Box::new(())));
    assert!(matches!(ended, Err::<(), _>(OpenThreadError::Ended)));
}
