//! Tensors as bytes: the Open Inference Protocol's extension for binary data.

use integration_tests::post;
use serde_json::{Value, json};

use super::tensors::{request, similarity};

/// tritonclient's default, in both directions.
#[test]
fn tensors_are_taken_and_returned_as_bytes() {
    let host = similarity();
    let mut request = request();
    request["parameters"] = json!({"binary_data_output": true});
    let queries = request["inputs"][0].as_object_mut().expect("an input");
    queries.remove("data");
    queries.insert("parameters".to_owned(), json!({"binary_data_size": 16}));
    let mut body = request.to_string().into_bytes();
    let json_bytes = body.len();
    body.extend(
        [1_f32, 0.0, 0.0, 3.0]
            .iter()
            .flat_map(|one| one.to_le_bytes()),
    );
    let request = post("/v2/models/similarity/infer")
        .header("Inference-Header-Content-Length", json_bytes.to_string())
        .body(body);
    let response = host.inference(&request);

    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(
        response.header("content-type"),
        Some("application/octet-stream")
    );
    let json_bytes = response
        .header("inference-header-content-length")
        .expect("the length");
    let (json, binary) = response
        .body
        .split_at(json_bytes.parse().expect("a number"));
    let json: Value = serde_json::from_slice(json).expect("JSON");
    assert_eq!(
        json["outputs"],
        json!([
            {
                "name": "scores",
                "datatype": "FP32",
                "shape": [2, 3],
                "parameters": {"binary_data_size": 24},
            },
            {
                "name": "best",
                "datatype": "INT64",
                "shape": [2],
                "parameters": {"binary_data_size": 16},
            },
        ])
    );
    let scores = [0_f32, 1.0, -2.0, 1.0, 0.0, -2.0].map(f32::to_le_bytes);
    let best = [1_i64, 0].map(i64::to_le_bytes);
    assert_eq!(
        binary,
        [scores.as_flattened(), best.as_flattened()].concat()
    );
}

#[test]
fn binary_data_that_does_not_fit_is_400() {
    let host = similarity();
    let send = |json_bytes: &str, rest: &[u8]| {
        let body = [request().to_string().as_bytes(), rest].concat();
        let request = post("/v2/models/similarity/infer")
            .header("Inference-Header-Content-Length", json_bytes)
            .body(body);
        let response = host.inference(&request);
        assert_eq!(response.status, 400, "{response:?}");
        response.json()["error"]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let length = request().to_string().len();

    assert_eq!(
        send(&length.to_string(), &[0; 5]),
        "5 bytes after the JSON belong to no input."
    );
    let no_length = "Inference-Header-Content-Length is not the length of the JSON at the start of \
                     the body.";
    assert_eq!(send(&(length + 1).to_string(), &[]), no_length);
    assert_eq!(send("-1", &[]), no_length);
    assert_eq!(send("99999999999999999999999", &[]), no_length);
}

/// The header may be there all the same.
#[test]
fn a_request_that_is_json_to_its_end_has_no_binary_tensors() {
    let host = similarity();
    let body = request().to_string();
    let request = post("/v2/models/similarity/infer")
        .header("Inference-Header-Content-Length", body.len().to_string())
        .body(body);

    assert_eq!(host.inference(&request).status, 200);
}
