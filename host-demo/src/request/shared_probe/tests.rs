use std::{sync::mpsc, time::Duration};

use super::*;
use crate::blocking::BlockingThreads;

/// Far longer than a test takes.
const PATIENT: Duration = Duration::from_secs(60);

fn probe<T: Clone + Send + 'static>(call_timeout: Duration) -> SharedProbe<T> {
    let threads = BlockingThreads::start("test", 0, 2).expect("threads");
    SharedProbe::new(PluginProbe::with_limit(threads, call_timeout))
}

#[tokio::test]
async fn one_call_answers_all_who_asked_before_it_began() {
    let probe = probe(PATIENT);
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let first = probe.run(move || {
        let _ = begin.send(());
        let _ = released.recv();
        1
    });
    let others = async {
        begun.await.unwrap();
        let second = probe.run(|| 2);
        let third = probe.run(|| 3);
        let release = async { drop(release) };
        let (second, third, ()) = tokio::join!(second, third, release);
        // The first began before they asked.
        assert_eq!(second, Some(2));
        assert_eq!(third, Some(2));
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first, Some(1));
    assert_eq!(probe.run(|| 4).await, Some(4));
}

#[tokio::test]
async fn a_plugin_that_never_returns_answers_nobody() {
    let probe = probe(Duration::from_millis(20));
    let (release, released) = mpsc::channel::<()>();
    let blocked = probe.run(move || {
        let _ = released.recv();
        1
    });
    assert_eq!(blocked.await, None);
    assert_eq!(probe.run(|| 2).await, None);
    drop(release);
}

#[tokio::test]
async fn after_a_call_that_panicked_the_next_one_runs() {
    let probe = probe(PATIENT);
    assert_eq!(probe.run(|| panic!("as a plugin may")).await, None);
    assert_eq!(probe.run(|| 7).await, Some(7));
}
