//! `default_response_timeout`.

use integration_tests::{get, post};
use serde_json::json;

use super::{FIXTURES, host_with};
use crate::expect::assert_error;

#[test]
fn a_prediction_that_takes_longer_is_500_and_is_counted() {
    let host = host_with(FIXTURES, "slow.onnx")
        .property("default_response_timeout", "1")
        .property("default_workers_per_model", "2")
        .start();
    let count = |steps: u64| {
        let body = json!({"inputs": [
            {"name": "steps", "datatype": "INT64", "shape": [], "data": [steps]},
        ]});
        host.inference(&post("/predictions/slow").body(body.to_string()))
    };
    assert_eq!(count(10).json()["outputs"][0]["data"], json!([10]));

    let late = count(i32::MAX.unsigned_abs().into());

    assert_error(&late, 500, "InternalServerException", "Worker died.");
    let metrics = host.metrics(&get("/metrics"));
    let counted = "host_demo_prediction_timeouts_total 1";
    assert!(metrics.text().contains(counted), "{}", metrics.text());
    // The other worker is free.
    assert_eq!(count(10).json()["outputs"][0]["data"], json!([10]));
}
