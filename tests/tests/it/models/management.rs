//! The management API: list, describe, register, scale, unregister.

use integration_tests::{Host, delete, get, post, put, repository};
use serde_json::Value;

use super::{digits, prediction, sample};
use crate::expect::assert_error;

/// A host with the repository's model store and no model.
fn store() -> Host {
    Host::builder()
        .argument("--model-store")
        .argument(repository().join("models/digits"))
        .start()
}

fn names(host: &Host) -> Vec<String> {
    let response = host.management(&get("/models"));
    assert_eq!(response.status, 200, "{response:?}");
    let list = response.json();
    let models = list["models"].as_array().expect("models").iter();
    models
        .filter_map(|model| model["modelName"].as_str().map(str::to_owned))
        .collect()
}

fn describe(host: &Host, name: &str) -> Value {
    let response = host.management(&get(&format!("/models/{name}")));
    assert_eq!(response.status, 200, "{response:?}");
    response.json()[0].clone()
}

#[test]
fn models_are_listed() {
    let host = digits();
    let list = host.management(&get("/models")).json();

    assert_eq!(list["models"][0]["modelName"], "digits");
    assert_eq!(list["models"][0]["modelUrl"], "digits.onnx");
}

#[test]
fn a_model_is_described() {
    let host = digits();
    let model = describe(&host, "digits");

    assert_eq!(model["modelName"], "digits");
    assert_eq!(model["modelUrl"], "digits.onnx");
    assert!(model["modelVersion"].is_string());
    assert_eq!(model["loadedAtStartup"], true);
    assert_eq!(model["workers"][0]["status"], "READY");
}

/// With the file's name or a given one; it predicts with its initial workers.
#[test]
fn a_model_is_registered() {
    let host = store();
    assert!(names(&host).is_empty());

    let request =
        post("/models?url=digits.onnx&model_name=mine&initial_workers=1&synchronous=true");
    let response = host.management(&request);

    assert_eq!(response.status, 200, "{response:?}");
    assert!(
        response.json()["status"]
            .as_str()
            .is_some_and(|text| text.contains("mine"))
    );
    assert_eq!(names(&host), ["mine"]);
    let request = put("/predictions/mine").body(sample(5));
    assert_eq!(prediction(&host, &request).0, "5");
}

/// Without a given name, the file's name is used.
#[test]
fn a_model_without_workers_is_503_until_it_is_scaled() {
    let host = store();
    let registered = host.management(&post("/models?url=digits.onnx"));
    assert_eq!(registered.status, 200, "{registered:?}");
    assert_eq!(names(&host), ["digits"]);

    let request = put("/predictions/digits").body(sample(5));
    let refused = host.inference(&request);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.json()["type"], "ServiceUnavailableException");

    let scaled = host.management(&put("/models/digits?min_worker=2&synchronous=true"));
    assert_eq!(scaled.status, 200, "{scaled:?}");
    assert_eq!(
        describe(&host, "digits")["workers"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(prediction(&host, &request).0, "5");
}

/// As in TorchServe.
#[test]
fn scaling_is_202_unless_synchronous() {
    let host = digits();
    let response = host.management(&put("/models/digits?min_worker=3"));

    assert_eq!(response.status, 202, "{response:?}");
    integration_tests::eventually("three workers", || {
        let workers = describe(&host, "digits")["workers"]
            .as_array()
            .map(Vec::len);
        (workers == Some(3)).then_some(())
    });
}

/// Nothing changes.
#[test]
fn a_wrong_number_of_workers_is_400() {
    let host = digits();
    let before = describe(&host, "digits")["workers"]
        .as_array()
        .map(Vec::len);

    for number in ["x", "-1", "1000000", "99999999999999999999", "1.5", ""] {
        let target = format!("/models/digits?min_worker={number}&synchronous=true");
        let response = host.management(&put(&target));
        assert_eq!(response.status, 400, "{number} {response:?}");
    }
    let after = describe(&host, "digits")["workers"]
        .as_array()
        .map(Vec::len);
    assert_eq!(before, after);
}

/// With the same name and version.
#[test]
fn a_registered_model_is_409() {
    let host = digits();
    let response = host.management(&post("/models?url=digits.onnx&model_name=digits"));

    assert_eq!(response.status, 409, "{response:?}");
    assert_eq!(response.json()["type"], "ConflictStatusException");
}

/// A prediction is then 404.
#[test]
fn a_model_is_unregistered() {
    let host = digits();
    let response = host.management(&delete("/models/digits"));

    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["status"], "Model \"digits\" unregistered");
    assert!(names(&host).is_empty());
    let prediction = host.inference(&put("/predictions/digits").body(sample(5)));
    assert_error(
        &prediction,
        404,
        "ModelNotFoundException",
        "Model not found: digits",
    );
}

#[test]
fn a_version_can_be_made_the_default() {
    let host = digits();
    let first = describe(&host, "digits")["modelVersion"].clone();
    let target = "/models?url=digits.onnx&model_version=9.0&initial_workers=1&synchronous=true";
    assert_eq!(host.management(&post(target)).status, 200);

    assert_eq!(describe(&host, "digits")["modelVersion"], first);
    assert_eq!(describe(&host, "digits/9.0")["modelVersion"], "9.0");
    let both = host.management(&get("/models/digits/all")).json();
    assert_eq!(both.as_array().map(Vec::len), Some(2));
    let response = host.management(&put("/models/digits/9.0/set-default"));
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(describe(&host, "digits")["modelVersion"], "9.0");
    let response = host.management(&delete("/models/digits/9.0"));
    assert_eq!(response.status, 403, "{response:?}");
}
