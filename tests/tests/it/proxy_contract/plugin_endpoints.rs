//! Endpoints of plugins come before the upstream, whatever that serves at their paths.

use integration_tests::{
    HostBuilder,
    Listener::{Inference, Management, Metrics},
    PluginFolder, delete, get, post,
};

use super::{
    front::{Arrangement, Front},
    rows::{Reaches, Row, assert_rows},
};
use crate::{
    expect::{CALLERS, assert_denied},
    plugins::{API_KEY, INFERENCE_KEY, MANAGEMENT_KEY},
};

fn with_plugin(package: &str) -> Vec<Front> {
    Front::start_all(|builder| {
        builder.plugins(PluginFolder::new().with("token-plugin").with(package))
    })
}

#[test]
fn endpoints_are_called_by_their_type_and_the_upstream_gets_what_they_leave() {
    let fronts = with_plugin("fixture-echo");
    let of_plugin = |listener, request, opens| Row::new(listener, request, opens, Reaches::Nothing);
    let inference: &[&str] = &["inference"];
    let management: &[&str] = &["management"];
    let either: &[&str] = &["management", "inference"];
    let rows = [
        of_plugin(Inference, get("/echo"), inference),
        of_plugin(Inference, get("/echo/and/more?a=b"), inference),
        of_plugin(Inference, post("/ech%6f").body("x"), inference),
        of_plugin(Inference, delete("/echo"), inference),
        of_plugin(Management, get("/echo-management"), management),
        of_plugin(Metrics, get("/echo-metrics"), &CALLERS),
        // Each endpoint is on the listener of its type alone.
        Row::new(Management, get("/echo"), management, Reaches::Management).by_listener(),
        Row::new(
            Inference,
            get("/echo-management"),
            inference,
            Reaches::Inference,
        )
        .by_listener(),
        Row::new(
            Inference,
            get("/echo-metrics"),
            inference,
            Reaches::Inference,
        )
        .by_listener(),
        Row::new(Inference, get("/echoes"), inference, Reaches::Inference).by_listener(),
        Row::new(Inference, get("/x/echo"), inference, Reaches::Inference).by_listener(),
        of_plugin(Management, get("/echo"), either).by_class(),
        of_plugin(Inference, get("/echo-management"), either).by_class(),
        of_plugin(Inference, get("/echoes"), either).by_class(),
    ];

    assert_rows(&fronts, &rows);
}

#[test]
fn an_endpoint_responds_as_without_an_upstream() {
    for front in with_plugin("fixture-echo") {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            let echo = post("/echo/%C3%A9?b=1")
                .body("12345")
                .key(&keys.inference.key);
            let seen = caller.inference(&echo).json();
            assert_eq!(seen["path"], "/echo/é");
            assert_eq!(seen["query"], "b=1");
            assert_eq!(seen["body_bytes"], 5);
            let managed = caller.management(&get("/echo-management").key(&keys.management.key));
            assert_eq!(managed.json()["endpoint_type"], "MANAGEMENT");
            let measured = caller.metrics(&get("/echo-metrics"));
            assert_eq!(measured.json()["endpoint_type"], "METRIC");
            let undeclared = caller.inference(&delete("/echo").key(&keys.inference.key));
            assert_eq!(undeclared.status, 405, "{undeclared:?}");
            assert_eq!(undeclared.header("allow"), Some("GET, HEAD, POST, PUT"));
            let failed = get("/responses?error=the%20sensor%20is%20off").key(&keys.inference.key);
            let failed = caller.inference(&failed);
            assert_eq!(failed.status, 500, "{failed:?}");
            assert_eq!(failed.json()["message"], "the sensor is off");
            let description = caller.inference(&get("/api-description")).json();
            assert!(description["paths"]["/echo"].is_object(), "{description}");
        }
        assert_eq!(front.connections(), 0);
    }
}

/// Also before a path that needs no key of the upstream.
#[test]
fn a_plugin_shadows_paths_of_the_upstream() {
    let fronts = with_plugin("fixture-shadow");
    let (inference, open): (&[&str], &[&str]) = (&["inference"], &CALLERS);
    let rows = [
        Row::new(Inference, get("/ping"), inference, Reaches::Nothing),
        Row::new(
            Inference,
            post("/predictions/m").body("x"),
            inference,
            Reaches::Nothing,
        ),
        Row::new(Metrics, get("/ping"), open, Reaches::Nothing),
        Row::new(Management, get("/ping"), open, Reaches::Management).by_class(),
    ];
    assert_rows(&fronts, &rows);

    for front in &fronts {
        let key = front.host.keys().inference.key;
        for mut caller in front.callers() {
            let response = caller.inference(&get("/ping").key(&key));
            assert_eq!(response.text(), "shadow ping\n");
            assert_eq!(caller.metrics(&get("/ping")).text(), "shadow metric ping\n");
        }
    }
}

/// The token plugin is one that panics in one of its functions.
fn panicking_in(builder: HostBuilder, function: &str) -> HostBuilder {
    builder
        .plugins(PluginFolder::new().with("fixture-panics"))
        .property("fixture_management_key", MANAGEMENT_KEY)
        .property("fixture_inference_key", INFERENCE_KEY)
        .property("fixture_api_key", API_KEY)
        .property("fixture_panic_in", function)
}

#[test]
fn a_panic_of_a_plugin_is_500_and_the_upstream_is_served_on() {
    for front in Front::start_all(|builder| panicking_in(builder, "get")) {
        for mut caller in front.callers() {
            let response = caller.inference(&get("/panics").key(INFERENCE_KEY));
            assert_eq!(response.status, 500, "{response:?}");
            let before = front.forwarded();
            let response = caller.management(&get("/models").key(MANAGEMENT_KEY));
            assert_eq!(response.status, 200, "{response:?}");
            assert_eq!(front.forwarded(), before + 1);
        }
    }
}

#[test]
fn a_panic_of_the_check_denies() {
    for front in Front::start_all(|builder| panicking_in(builder, "check")) {
        for mut caller in front.callers() {
            let models = get("/models").key(MANAGEMENT_KEY);
            assert_denied(&caller.management(&models));
            let prediction = post("/predictions/m").key(INFERENCE_KEY);
            assert_denied(&caller.inference(&prediction));
            if front.arrangement == Arrangement::ByClass {
                assert_denied(&caller.inference(&get("/none").key(INFERENCE_KEY)));
            }
        }
        assert_eq!(front.connections(), 0);
    }
}
