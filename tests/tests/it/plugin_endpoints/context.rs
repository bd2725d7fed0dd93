//! The context of a call: settings without secrets, and the models.

use integration_tests::get;
use serde_json::Value;

use super::{echo, inference_key};

#[test]
fn the_context_holds_settings_without_secrets() {
    let host = echo()
        .property("fixture_setting", "seen")
        .property("database_password", "open sesame")
        .property("x_pass", "open sesame")
        .start();
    let response = host.inference(&get("/echo").key(&inference_key(&host)));

    assert!(!response.text().contains("open sesame"), "{response:?}");
    let settings = &response.json()["settings"];
    assert_eq!(settings["fixture_setting"], "seen");
    assert_eq!(settings["inference_address"], "http://127.0.0.1:0");
    assert!(!host.log().text().contains("open sesame"));
}

#[test]
fn the_context_holds_the_models() {
    let host = echo().models("digits=digits.onnx").start();
    let seen = host
        .inference(&get("/echo").key(&inference_key(&host)))
        .json();

    let model = &seen["models"][0];
    assert_eq!(model["name"], "digits");
    assert_eq!(model["url"], "digits.onnx");
    assert!(
        model["version"]
            .as_str()
            .is_some_and(|version| !version.is_empty())
    );
    assert!(
        model["handler"]
            .as_str()
            .is_some_and(|handler| !handler.is_empty())
    );
    let workers = model["workers"].as_array().expect("workers");
    assert!(!workers.is_empty());
    assert!(
        workers
            .iter()
            .all(|worker| worker["is_running"] == Value::Bool(true))
    );
}
