use std::sync::mpsc;

use super::*;

#[tokio::test]
async fn an_answer_comes_back() {
    assert_eq!(PluginProbe::new().ask(|| 7).await, Some(7));
}

#[tokio::test]
async fn a_plugin_that_never_answers_holds_one_thread_and_nobody_else() {
    let probe = PluginProbe::with_limit(Duration::from_millis(20));
    let (release, released) = mpsc::channel::<()>();
    let blocked = probe.ask(move || released.recv().is_ok());
    assert_eq!(blocked.await, None);
    assert_eq!(probe.ask(|| 7).await, None);
    drop(release);
}

#[tokio::test]
async fn after_an_answer_the_next_question_is_asked() {
    let probe = PluginProbe::new();
    assert_eq!(probe.ask(|| panic!("as a plugin may")).await, None::<()>);
    assert_eq!(probe.ask(|| 7).await, Some(7));
}
