//! A server built in release loads plugins built in debug, and the reverse.

use integration_tests::{Artifacts, Host, Listener, PluginFolder, get};

use crate::expect::who_may;

#[track_caller]
fn assert_works(host: &Artifacts, plugin: &Artifacts) {
    let host = Host::builder()
        .binary(host.host())
        .plugins(PluginFolder::new().with_built(plugin, "token-plugin"))
        .start();

    assert_eq!(
        who_may(&host, Listener::Inference, &get("/ping")),
        ["inference"]
    );
    let management = who_may(&host, Listener::Management, &get("/models"));
    assert_eq!(management, ["management"]);
    let rotation = get("/token?type=management");
    assert_eq!(who_may(&host, Listener::Management, &rotation), ["api"]);
}

/// The other profile is built for this test only.
#[test]
fn host_and_plugin_of_different_profiles_work_together() {
    let ours = Artifacts::of_the_tests();
    let other = Artifacts::of_the_other_profile();

    assert_works(other, ours);
    assert_works(ours, other);
}
