use std::{sync::mpsc::channel, thread, time::Duration};

use super::{RotationRuns, Rotations, wait};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_call_that_does_not_return_is_waited_for_no_longer_than_the_limit() {
    let time_limit = Duration::from_millis(20);
    let rotations = Rotations::default();
    let call = wait(rotations.begin(), LONG).expect("no generation takes over");

    let error = rotations.pause(time_limit).expect_err("it runs");

    assert_eq!(error, RotationRuns { time_limit });
    // The next one does not wait for what was given up.
    let next = wait(rotations.begin(), Duration::ZERO);
    assert!(next.is_some());
    drop((call, next));
    assert!(rotations.pause(Duration::ZERO).is_ok());
}

#[test]
fn calls_that_begin_later_wait_until_the_generation_has_taken_over() {
    let rotations = Rotations::default();
    let call = wait(rotations.begin(), LONG).expect("no generation takes over");
    let (ended, is_ended) = channel();

    thread::scope(|scope| {
        scope.spawn(|| {
            let paused = rotations.pause(LONG).expect("the call returns");
            ended.send(()).expect("the test listens");
            drop(paused);
        });
        // The pause waits already, or this is before it.
        assert!(is_ended.try_recv().is_err());
        drop(call);
        is_ended.recv().expect("the pause begins");
        assert!(wait(rotations.begin(), LONG).is_some());
    });
}
