//! Which request needs which key.

use integration_tests::{
    Listener::{Inference, Management, Metrics},
    Request, get, options, post,
};

use super::{
    front::Front,
    rows::{Reaches, Row, assert_rows},
};
use crate::expect::{CALLERS, is_denied};

const API: &[&str] = &["api"];
const MANAGEMENT_KEY: &[&str] = &["management"];
const INFERENCE_KEY: &[&str] = &["inference"];
/// What no rule of a profile names is told to whoever has one of its keys.
const EITHER_KEY: &[&str] = &["management", "inference"];

fn of_the_management_listener() -> Vec<Row> {
    let token = |path| Row::new(Management, get(path), API, Reaches::Nothing);
    let managed =
        |request: Request| Row::new(Management, request, MANAGEMENT_KEY, Reaches::Management);
    let mut rows = vec![
        token("/token"),
        token("/token/"),
        token("/token/x"),
        token("/%74oken"),
        token("/token?/models"),
        managed(get("/models")),
        managed(get("/models/tokenizer")),
        managed(get("/models/token")),
        managed(get("/models?x=/token")),
        managed(get("/models").header("X-Original-Url", "/token")),
        managed(get("/models").header("Referer", "http://x/token")),
        managed(post("/none").body("{}")).by_listener(),
        managed(get("/ping")).by_listener(),
        managed(get("/Token")).by_listener(),
        managed(get("/metrics")),
        managed(post("/predictions/m")).by_listener(),
        managed(post("/models?url=x.mar")).by_listener(),
    ];
    for path in ["/tokens", "/token;x", "/Models", "/none"] {
        rows.push(managed(get(path)).by_listener());
        rows.push(Row::new(Management, get(path), EITHER_KEY, Reaches::Nothing).by_class());
    }
    rows
}

fn of_the_inference_listener() -> Vec<Row> {
    let inferred =
        |request: Request| Row::new(Inference, request, INFERENCE_KEY, Reaches::Inference);
    let unnamed = |request: Request| Row::new(Inference, request, EITHER_KEY, Reaches::Nothing);
    vec![
        inferred(post("/predictions/m").body("x")),
        inferred(get("/predictions/m/1?x=/token")),
        inferred(get("/ping")).by_listener(),
        inferred(get("/models")).by_listener(),
        inferred(get("/none")).by_listener(),
        inferred(options("/predictions/m")).by_listener(),
        inferred(get("/plugins")).by_listener(),
        unnamed(get("/none")).by_class(),
        unnamed(get("/predictions/m/")).by_class(),
        unnamed(options("/predictions/m")).by_class(),
        // Blocked, which the inference key learns as little about.
        unnamed(post("/models?url=x.mar")).by_class(),
    ]
}

/// The class says which key opens a path on either listener.
fn of_either_listener() -> Vec<Row> {
    let mut rows = Vec::new();
    for listener in [Inference, Management] {
        let open = Row::new(listener, get("/ping"), &CALLERS, Reaches::Inference);
        let managed = |path| Row::new(listener, get(path), MANAGEMENT_KEY, Reaches::Management);
        let inferred = post("/predictions/m").body("x");
        rows.extend([
            open.by_class(),
            managed("/models").by_class(),
            managed("/models/m").by_class(),
            managed("/metrics").by_class(),
            Row::new(listener, inferred, INFERENCE_KEY, Reaches::Inference).by_class(),
        ]);
    }
    rows
}

fn of_the_host() -> Vec<Row> {
    let mut rows = vec![
        Row::new(
            Management,
            get("/plugins"),
            MANAGEMENT_KEY,
            Reaches::Nothing,
        ),
        Row::new(Metrics, get("/none"), &CALLERS, Reaches::Nothing),
        Row::new(Metrics, get("/models"), &CALLERS, Reaches::Nothing),
    ];
    for path in ["/metrics", "/host/metrics", "/ping", "/ready"] {
        rows.push(Row::new(Metrics, get(path), &CALLERS, Reaches::Nothing));
    }
    for listener in [Inference, Management, Metrics] {
        for request in [options("/"), get("/api-description")] {
            rows.push(Row::new(listener, request, &CALLERS, Reaches::Nothing));
        }
    }
    rows
}

#[test]
fn each_request_needs_its_key_and_reaches_its_upstream() {
    let fronts = Front::start_all(|builder| builder);
    let rows = [
        of_the_management_listener(),
        of_the_inference_listener(),
        of_either_listener(),
        of_the_host(),
    ]
    .concat();

    assert_rows(&fronts, &rows);
}

/// The API key opens nothing there, and nothing is there.
#[test]
fn token_on_the_inference_listener_is_404_with_a_right_key() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            for path in ["/token?type=inference", "/token", "/%74oken?type=inference"] {
                caller.assert_denied(Inference, &get(path));
                caller.assert_denied(Inference, &get(path).key(&keys.api));
                let response = caller.inference(&get(path).key(&keys.inference.key));
                assert_eq!(response.status, 404, "{path} {response:?}");
            }
        }
        assert_eq!(front.host.keys(), keys);
        assert_eq!(front.connections(), 0);
    }
}

/// A connection is not what a key is decided by.
#[test]
fn an_older_management_connection_does_not_take_the_inference_key() {
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            let (models, prediction) = (get("/models"), post("/predictions/m"));
            for _ in 0..2 {
                assert!(caller.opens(Management, &models, &keys.management.key));
                assert!(caller.opens(Inference, &prediction, &keys.inference.key));
                assert!(!caller.opens(Management, &models, &keys.inference.key));
                assert!(!caller.opens(Inference, &prediction, &keys.management.key));
            }
        }
        assert_eq!(front.forwarded(), 8);
    }
}

/// Whatever the key, and though the upstream may read the path in one way.
#[test]
fn an_ambiguous_path_is_400_before_any_decision() {
    let targets = [
        "//token?type=inference",
        "/models//x",
        "/./models",
        "/models/../token?type=inference",
        "/%2e%2e/token",
        "/models/%2E/x",
        "/models%2fx",
        "/%2Ftoken",
        "/models%5cx",
        "/models%00",
        "/models/%0a",
        "/models%2",
        "/models%zz",
        "/models/%ff",
    ];
    for front in Front::start_all(|builder| builder) {
        let keys = front.host.keys();
        for mut caller in front.callers() {
            for target in targets {
                for listener in [Inference, Management] {
                    for key in [&keys.management.key, &keys.inference.key, &keys.api] {
                        let response = caller.exchange(listener, &get(target).key(key));
                        assert_eq!(response.status, 400, "{target} {response:?}");
                        assert!(!is_denied(&response), "{target}");
                    }
                    let response = caller.exchange(listener, &get(target));
                    assert_eq!(response.status, 400, "{target} {response:?}");
                }
            }
        }
        assert_eq!(front.host.keys(), keys);
        assert_eq!(front.connections(), 0);
    }
}
