//! Plugins are replaced while requests are forwarded.

use integration_tests::{Listener, PluginFolder, build_of, get, post};

use super::{caller::Caller, front::Front};
use crate::expect::is_denied;

const SHADOW: &str = "libfixture_shadow.so";

#[track_caller]
fn reload(caller: &mut Caller<'_>) {
    let request = post("/plugins/reload").key(&caller.host.keys().management.key);
    let response = caller.management(&request);
    assert_eq!(response.status, 200, "{response:?}");
}

/// The keys stay valid, and streams that run go on.
#[test]
fn a_new_build_of_the_token_plugin_takes_over() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        for (index, mut caller) in front.callers().into_iter().enumerate() {
            let request = post("/predictions/m")
                .key(&keys.inference.key)
                .header("x-behaviour", "test");
            let mut stream = caller.start(Listener::Inference, &request);
            let mut exchange = front.inference.next_exchange();
            exchange.respond_with_events();
            assert_eq!(stream.head().status, 200);

            let build = u32::try_from(index + 1).expect("a small number");
            front.host.plugins().install_build("token-plugin", build);
            reload(&mut caller);

            assert_eq!(front.host.keys(), keys);
            let (models, prediction) = (get("/models"), post("/predictions/m"));
            assert!(caller.opens(Listener::Management, &models, &keys.management.key));
            assert!(caller.opens(Listener::Inference, &prediction, &keys.inference.key));
            caller.assert_denied(Listener::Management, &models.key(&keys.inference.key));
            caller.assert_denied(Listener::Inference, &prediction);
            exchange.send("event");
            assert_eq!(stream.read_at_least(5).expect("the event"), b"event");
            exchange.finish();
            assert!(stream.rest().1.is_ok());
        }
    }
}

/// Without a key it is as closed as the path of the upstream was.
#[test]
fn a_plugin_that_comes_takes_a_path_from_the_upstream_until_it_goes() {
    for front in
        Front::start_all(|builder| builder.plugins(PluginFolder::new().with("token-plugin")))
    {
        let plugins = front.host.plugins();
        let prediction = post("/predictions/m");
        let request = prediction.clone().key(&front.host.keys().inference.key);
        for mut caller in front.callers() {
            let before = front.forwarded();
            let response = caller.inference(&request);
            assert_eq!(response.json()["target"], "/predictions/m");

            plugins.install(SHADOW, &build_of("fixture-shadow", 0));
            reload(&mut caller);
            assert_eq!(caller.inference(&request).text(), "shadow predictions\n");
            assert!(is_denied(&caller.inference(&prediction)));
            assert_eq!(front.forwarded(), before + 1);

            plugins.remove("fixture-shadow");
            reload(&mut caller);
            let response = caller.inference(&request);
            assert_eq!(response.json()["target"], "/predictions/m");
            assert!(is_denied(&caller.inference(&prediction)));
            assert_eq!(front.forwarded(), before + 2);
        }
    }
}

/// The upstream is not opened by it, nor are the keys lost.
#[test]
fn a_token_plugin_that_is_removed_serves_on() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        front.host.plugins().remove("token-plugin");
        for mut caller in front.callers() {
            let request = post("/plugins/reload").key(&keys.management.key);
            assert_eq!(caller.management(&request).status, 409);
            caller.assert_denied(Listener::Inference, &post("/predictions/m"));
            caller.assert_denied(Listener::Management, &get("/models"));
            let models = get("/models");
            assert!(caller.opens(Listener::Management, &models, &keys.management.key));
        }
        assert_eq!(front.forwarded(), 2);
    }
}
