//! Two or three of the listeners on one address, where the path tells the APIs apart.

use integration_tests::{
    Listener::{self, Inference, Management},
    Request, get, post,
};

use super::{
    front::{Arrangement, Front},
    rows::{Reaches, Row, assert_rows},
};
use crate::expect::CALLERS;

const INFERENCE_KEY: &[&str] = &["inference"];
const MANAGEMENT_KEY: &[&str] = &["management"];
const EITHER_KEY: &[&str] = &["management", "inference"];

fn sharing(addresses: &[&str]) -> Vec<Front> {
    let front = |arrangement| Front::start_at_one_address(arrangement, addresses);
    Arrangement::ALL.into_iter().flat_map(front).collect()
}

/// What is the same however many listeners share the address of the inference API.
fn of_both_apis() -> Vec<Row> {
    let of_host = |path, opens| Row::new(Inference, get(path), opens, Reaches::Nothing);
    let managed =
        |request: Request| Row::new(Inference, request, MANAGEMENT_KEY, Reaches::Management);
    let inferred =
        |request: Request| Row::new(Inference, request, INFERENCE_KEY, Reaches::Inference);
    vec![
        of_host("/token", &["api"]),
        of_host("/%74oken", &["api"]),
        of_host("/plugins", MANAGEMENT_KEY),
        of_host("/api-description", &CALLERS),
        managed(get("/models")),
        managed(get("/models/m")),
        managed(get("/models?x=/token")),
        managed(post("/models?url=x.mar")).by_listener(),
        inferred(post("/predictions/m").body("x")),
        inferred(get("/ping")).by_listener(),
        inferred(get("/none")).by_listener(),
        Row::new(Inference, get("/ping"), &CALLERS, Reaches::Inference).by_class(),
        Row::new(Inference, get("/none"), EITHER_KEY, Reaches::Nothing).by_class(),
    ]
}

#[test]
fn of_the_inference_and_the_management_api() {
    let fronts = sharing(&["inference_address", "management_address"]);
    let metrics = Row::new(
        Inference,
        get("/metrics"),
        INFERENCE_KEY,
        Reaches::Inference,
    );
    let by_class = Row::new(
        Inference,
        get("/metrics"),
        MANAGEMENT_KEY,
        Reaches::Management,
    );
    let mut rows = of_both_apis();
    rows.extend([metrics.by_listener(), by_class.by_class()]);
    for path in ["/metrics", "/host/metrics", "/ping", "/ready"] {
        rows.push(Row::new(
            Listener::Metrics,
            get(path),
            &CALLERS,
            Reaches::Nothing,
        ));
    }

    assert_rows(&fronts, &rows);
}

/// The host's metrics then need the key of the API that shares their address.
#[test]
fn of_all_three() {
    let fronts = sharing(&["inference_address", "management_address", "metrics_address"]);
    let of_host = |path| Row::new(Inference, get(path), INFERENCE_KEY, Reaches::Nothing);
    let upstreams = Row::new(
        Inference,
        get("/metrics"),
        MANAGEMENT_KEY,
        Reaches::Management,
    );
    let mut rows = of_both_apis();
    rows.extend([
        of_host("/host/metrics"),
        of_host("/ready"),
        of_host("/metrics").by_listener(),
        upstreams.by_class(),
    ]);

    assert_rows(&fronts, &rows);
}

#[test]
fn of_the_management_and_the_metrics_api() {
    let fronts = sharing(&["management_address", "metrics_address"]);
    let of_host = |path| Row::new(Management, get(path), MANAGEMENT_KEY, Reaches::Nothing);
    let managed = |path| Row::new(Management, get(path), MANAGEMENT_KEY, Reaches::Management);
    let rows = [
        Row::new(Management, get("/token"), &["api"], Reaches::Nothing),
        of_host("/host/metrics"),
        of_host("/ready"),
        of_host("/metrics").by_listener(),
        managed("/metrics").by_class(),
        managed("/models"),
        managed("/ping").by_listener(),
        Row::new(Management, get("/ping"), &CALLERS, Reaches::Management).by_class(),
        Row::new(Inference, get("/models"), INFERENCE_KEY, Reaches::Inference).by_listener(),
        Row::new(
            Inference,
            get("/models"),
            MANAGEMENT_KEY,
            Reaches::Management,
        )
        .by_class(),
    ];

    assert_rows(&fronts, &rows);
}
