use std::sync::mpsc;

use super::*;

#[tokio::test]
async fn work_has_a_result() {
    let threads = BlockingThreads::start("test", 1, 1).expect("a thread");

    assert_eq!(threads.run(|| 7).await, Ok(7));
    assert_eq!(threads.run(|| 8).await, Ok(8));
}

/// Another thread cannot be started here, as on a system without more threads.
#[tokio::test]
async fn work_without_a_thread_is_refused_at_once() {
    let threads = BlockingThreads::start("test", 1, 1).expect("a thread");
    let (release, released) = mpsc::channel::<()>();
    let blocked = threads.run(move || released.recv().is_ok());

    assert_eq!(threads.run(|| 7).await, Err(BlockingError::NoThread));
    drop(release);

    assert_eq!(blocked.await, Ok(false));
}

#[tokio::test]
async fn work_beside_work_that_blocks_gets_a_thread_of_its_own() {
    let threads = BlockingThreads::start("test", 1, 2).expect("a thread");
    let (release, released) = mpsc::channel::<()>();
    let blocked = threads.run(move || released.recv().is_ok());

    assert_eq!(threads.run(|| 7).await, Ok(7));

    drop(release);
    assert_eq!(blocked.await, Ok(false));
}

#[tokio::test]
async fn a_panic_takes_no_thread_away() {
    let threads = BlockingThreads::start("test", 1, 1).expect("a thread");
    let panicking = threads.run(|| panic!("as a plugin may"));
    assert_eq!(panicking.await, Err::<(), _>(BlockingError::Panicked));

    assert_eq!(threads.run(|| 7).await, Ok(7));
}

#[tokio::test]
async fn work_goes_on_when_nobody_waits_for_it() {
    let threads = BlockingThreads::start("test", 1, 1).expect("a thread");
    let (sender, receiver) = mpsc::channel();

    drop(threads.run(move || sender.send(7)));

    assert_eq!(receiver.recv(), Ok(7));
}
