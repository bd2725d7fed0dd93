//! The Open Inference Protocol besides predictions: server, models, health, and which key is needed.

use integration_tests::{Host, Listener, PluginFolder, get, post};
use serde_json::json;

use super::{digits, host_with};

#[test]
fn the_server_describes_itself() {
    let host = digits();
    let server = host.inference(&get("/v2")).json();

    assert_eq!(server["name"], "host-demo");
    assert!(server["version"].is_string());
    assert_eq!(server["extensions"], json!(["binary_tensor_data"]));
}

#[test]
fn a_model_describes_its_tensors_and_its_versions() {
    let host = host_with("models/similarity", "similarity.onnx").start();
    let expected = json!({
        "name": "similarity",
        "versions": ["1.0"],
        "platform": "onnx_onnxv1",
        "inputs": [
            {"name": "queries", "datatype": "FP32", "shape": [-1, -1]},
            {"name": "documents", "datatype": "FP32", "shape": [-1, -1]},
            {"name": "allowed", "datatype": "BOOL", "shape": [-1]},
        ],
        "outputs": [
            {"name": "scores", "datatype": "FP32", "shape": [-1, -1]},
            {"name": "best", "datatype": "INT64", "shape": [-1]},
        ],
    });

    for target in [
        "/v2/models/similarity",
        "/v2/models/similarity/versions/1.0",
    ] {
        assert_eq!(host.inference(&get(target)).json(), expected, "{target}");
    }
}

#[test]
fn a_model_that_is_no_image_classifier_has_another_handler() {
    let tensors = host_with("models/similarity", "similarity.onnx").start();
    let described = tensors.management(&get("/models/similarity")).json();
    assert_eq!(described[0]["handler"], "tensors");

    let images = digits();
    let described = images.management(&get("/models/digits")).json();
    assert_eq!(described[0]["handler"], "image_classifier");
}

#[test]
fn models_with_workers_are_ready() {
    let host = digits();

    assert_eq!(
        host.inference(&get("/v2/health/live")).json(),
        json!({"live": true})
    );
    assert_eq!(
        host.inference(&get("/v2/health/ready")).json(),
        json!({"ready": true})
    );
    for target in [
        "/v2/models/digits/ready",
        "/v2/models/digits/versions/1.0/ready",
    ] {
        let ready = host.inference(&get(target)).json();
        assert_eq!(ready, json!({"name": "digits", "ready": true}));
    }
}

#[test]
fn a_model_without_workers_makes_itself_and_the_server_not_ready() {
    let host = digits();
    let registered = host.management(&post("/models?url=digits.onnx&model_name=idle"));
    assert_eq!(registered.status, 200, "{registered:?}");

    for target in ["/v2/health/ready", "/v2/models/idle/ready"] {
        let response = host.inference(&get(target));
        assert_eq!(response.status, 503, "{response:?}");
        assert_eq!(
            response.json()["error"],
            "Not ready: model \"idle\" has no worker."
        );
    }
    assert_eq!(host.inference(&get("/v2/models/digits/ready")).status, 200);
    assert_eq!(host.inference(&get("/v2/health/live")).status, 200);
}

#[test]
fn exempt_health_paths_need_no_key() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property(
            "token_exempt_paths",
            "/v2/health/live,/v2/models/digits/ready",
        )
        .models("digits=digits.onnx")
        .start();

    assert_eq!(host.inference(&get("/v2/health/live")).status, 200);
    assert_eq!(host.inference(&get("/v2/models/digits/ready")).status, 200);
    assert_eq!(host.inference(&get("/v2/health/ready")).status, 400);
}

#[test]
fn unknown_models_and_methods_are_told_as_the_protocol_has_it() {
    let host = host_with("models/similarity", "similarity.onnx").start();

    for (request, status, kind) in [
        (post("/v2/models/none/infer"), 404, "ModelNotFoundException"),
        (get("/v2/models/none"), 404, "ModelNotFoundException"),
        (get("/v2/models/none/ready"), 404, "ModelNotFoundException"),
        (
            get("/v2/models/similarity/versions/9"),
            404,
            "ModelVersionNotFoundException",
        ),
        (
            get("/v2/models/similarity/infer"),
            405,
            "MethodNotAllowedException",
        ),
        (
            get("/v2/repository/index"),
            404,
            "ResourceNotFoundException",
        ),
    ] {
        let response = host.inference(&request);
        assert_eq!(response.status, status, "{response:?}");
        assert_eq!(response.json()["type"], kind);
        assert_eq!(response.json()["error"], response.json()["message"]);
    }
}

#[test]
fn every_path_of_the_protocol_needs_the_inference_key() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .models("digits=digits.onnx")
        .start();

    for request in [
        get("/v2"),
        get("/v2/health/live"),
        get("/v2/health/ready"),
        get("/v2/models/digits"),
        get("/v2/models/digits/ready"),
        get("/v2/models/digits/versions/1.0"),
        get("/v2/models/digits/versions/1.0/ready"),
        post("/v2/models/digits/infer"),
        post("/v2/models/digits/versions/1.0/infer"),
    ] {
        let allowed = crate::expect::who_may(&host, Listener::Inference, &request);
        assert_eq!(allowed, ["inference"], "{request:?}");
    }
}
