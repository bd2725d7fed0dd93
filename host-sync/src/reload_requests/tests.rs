use super::*;

#[test]
fn a_reload_of_the_plugins_does_not_serve_who_asked_for_everything() {
    let requested = ReloadRequests::default();
    assert!(requested.ask(ReloadScope::Everything));
    assert!(requested.ask(ReloadScope::Plugins));
    assert!(!requested.ask(ReloadScope::Everything));
    requested.begin(ReloadScope::Plugins);
    assert!(!requested.ask(ReloadScope::Everything));
    requested.begin(ReloadScope::Everything);
    assert!(requested.ask(ReloadScope::Everything));
}
