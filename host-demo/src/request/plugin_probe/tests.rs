use std::sync::mpsc;

use super::*;

fn threads() -> BlockingThreads {
    BlockingThreads::start("test", 0, 2).expect("threads")
}

#[tokio::test]
async fn a_result_is_returned() {
    assert_eq!(PluginProbe::new(threads()).run(|| 7).await, Some(7));
}

#[tokio::test]
async fn a_plugin_that_never_returns_blocks_one_thread_only() {
    let probe = PluginProbe::with_limit(threads(), Duration::from_millis(20));
    let (release, released) = mpsc::channel::<()>();
    let blocked = probe.run(move || released.recv().is_ok());
    assert_eq!(blocked.await, None);
    assert_eq!(probe.run(|| 7).await, None);
    drop(release);
}

#[tokio::test]
async fn after_a_result_the_next_call_runs() {
    let probe = PluginProbe::new(threads());
    assert_eq!(probe.run(|| panic!("as a plugin may")).await, None::<()>);
    assert_eq!(probe.run(|| 7).await, Some(7));
}
