//! Tensors as JSON: the Open Inference Protocol and `/predictions`.

use std::fs;

use integration_tests::{Host, get, post, put, repository};
use serde_json::{Value, json};

use super::{FIXTURES, host_with};
use crate::expect::assert_error;

pub(super) fn similarity() -> Host {
    host_with("models/similarity", "similarity.onnx").start()
}

#[test]
fn the_example_of_the_documentation_is_answered_as_it_shows() {
    let document = repository().join("docs/models.md");
    let document = fs::read_to_string(document).expect("the document");
    let (_, example) = document.split_once("/infer -H").expect("the command");
    let (_, example) = example.split_once("-d '").expect("its body");
    let (body, example) = example.split_once("'\n```\n```json\n").expect("its answer");
    let (answer, _) = example.split_once("\n```").expect("its end");

    let response = similarity().inference(&post("/v2/models/similarity/infer").body(body));
    assert_eq!(response.text(), answer);
}

/// Two queries and three documents of two features each, the last of which is not allowed.
pub(super) fn request() -> Value {
    json!({
        "id": "one",
        "inputs": [
            {"name": "queries", "datatype": "FP32", "shape": [2, 2], "data": [[1, 0], [0, 3]]},
            {"name": "documents", "datatype": "FP32", "shape": [3, 2], "data": [0, 2, 5, 0, 0, 1]},
            {"name": "allowed", "datatype": "BOOL", "shape": [3], "data": [true, true, false]},
        ],
    })
}

/// The error of a request to the model, which is in both members.
#[track_caller]
fn refusal(host: &Host, request: &Value) -> String {
    let response = host.inference(&post("/v2/models/similarity/infer").body(request.to_string()));
    assert_eq!(response.status, 400, "{response:?}");
    let error = response.json();
    assert_eq!(error["code"], 400);
    assert_eq!(error["type"], "BadRequestException");
    assert_eq!(error["error"], error["message"]);
    error["error"].as_str().expect("a text").to_owned()
}

#[test]
fn a_model_with_several_inputs_answers() {
    let host = similarity();
    let expected = json!({
        "model_name": "similarity",
        "model_version": "1.0",
        "id": "one",
        "outputs": [
            {
                "name": "scores",
                "datatype": "FP32",
                "shape": [2, 3],
                "data": [0.0, 1.0, -2.0, 1.0, 0.0, -2.0],
            },
            {"name": "best", "datatype": "INT64", "shape": [2], "data": [1, 0]},
        ],
    });

    for target in [
        "/v2/models/similarity/infer",
        "/v2/models/similarity/versions/1.0/infer",
        "/predictions/similarity",
        "/predictions/similarity/1.0",
    ] {
        let response = host.inference(&post(target).body(request().to_string()));
        assert_eq!(response.status, 200, "{target} {response:?}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.json(), expected, "{target}");
    }
}

#[test]
fn only_the_outputs_that_are_asked_for_are_returned() {
    let host = similarity();
    let mut request = request();
    request["outputs"] = json!([{"name": "best"}]);
    let response = host.inference(&post("/v2/models/similarity/infer").body(request.to_string()));

    let outputs = response.json()["outputs"].clone();
    assert_eq!(outputs.as_array().map(Vec::len), Some(1));
    assert_eq!(outputs[0]["name"], "best");
}

/// Whatever the content type is, as `curl -T` and `curl -d` send it.
#[test]
fn predictions_take_tensors_with_put_and_in_a_form() {
    let host = similarity();
    let form = format!(
        "--limit\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{}\r\n--limit--\r\n",
        request()
    );
    let plain = put("/predictions/similarity").body(request().to_string());
    let urlencoded = post("/predictions/similarity")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(request().to_string());
    let form = post("/predictions/similarity")
        .header("Content-Type", "multipart/form-data; boundary=limit")
        .body(form);

    for request in [plain, urlencoded, form] {
        let response = host.inference(&request);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.json()["outputs"][1]["data"], json!([1, 0]));
    }
}

/// Image classifiers take their tensor, too, and return what the model file says.
#[test]
fn an_image_classifier_takes_tensors_as_json() {
    let host = host_with(FIXTURES, "colour.onnx").start();
    let request = json!({"inputs": [
        {"name": "image", "datatype": "FP32", "shape": [1, 3, 4, 4], "data": vec![0.5; 48]},
    ]});
    let predictions = post("/predictions/colour")
        .header("Content-Type", "application/json; charset=utf-8")
        .body(request.to_string());
    let infer = post("/v2/models/colour/infer").body(request.to_string());

    for request in [predictions, infer] {
        let response = host.inference(&request);
        assert_eq!(response.status, 200, "{response:?}");
        let logits = &response.json()["outputs"][0];
        assert_eq!(logits["name"], "logits");
        assert_eq!(logits["data"], json!([5.0, 5.0, 5.0]));
    }
}

#[test]
fn every_element_type_is_taken_and_returned() {
    let host = host_with(FIXTURES, "types.onnx").start();
    let metadata = host.inference(&get("/v2/models/types")).json();
    let given = [
        ("FP32", json!([1.5, -2]), json!([-1.5, 2.0])),
        ("FP64", json!([0.25, 1e20]), json!([-0.25, -1e20])),
        ("INT32", json!([1, -7]), json!([-1, 7])),
        (
            "INT64",
            json!([0, 2_147_483_647]),
            json!([0, -2_147_483_647]),
        ),
        ("UINT8", json!([0, 255]), json!([0, 255])),
        ("BOOL", json!([true, false]), json!([false, true])),
    ];
    let inputs: Vec<Value> = given
        .iter()
        .map(|(datatype, data, _)| {
            let name = datatype.to_lowercase();
            json!({"name": name, "datatype": datatype, "shape": [2], "data": data})
        })
        .collect();
    let request = post("/v2/models/types/infer").body(json!({ "inputs": inputs }).to_string());
    let response = host.inference(&request);
    assert_eq!(response.status, 200, "{response:?}");
    let outputs = response.json()["outputs"].clone();

    for (index, (datatype, _, expected)) in given.iter().enumerate() {
        assert_eq!(metadata["inputs"][index]["datatype"], *datatype);
        assert_eq!(outputs[index]["datatype"], *datatype);
        let numbers = |value: &Value| {
            let elements = value.as_array().expect("an array").iter();
            let number = |one: &Value| {
                one.as_f64()
                    .map_or_else(|| one.to_string(), |n| n.to_string())
            };
            elements.map(number).collect::<Vec<_>>()
        };
        if *datatype == "FP64" {
            // Computed as float32: 1e20 has no exact one.
            let largest = outputs[index]["data"][1].as_f64().expect("a number");
            assert!((largest / -1e20 - 1.0).abs() < 1e-6, "{largest}");
        } else {
            assert_eq!(
                numbers(&outputs[index]["data"]),
                numbers(expected),
                "{datatype}"
            );
        }
    }
}

#[test]
fn a_wrong_request_is_told_what_is_expected() {
    let host = similarity();
    let changed = |index: usize, member: &str, value: Value| {
        let mut request = request();
        request["inputs"][index][member] = value;
        refusal(&host, &request)
    };

    assert_eq!(
        changed(0, "datatype", json!("FP64")),
        "Input \"queries\": datatype FP32 is expected, not \"FP64\"."
    );
    assert_eq!(
        changed(0, "shape", json!([4])),
        "Input \"queries\": shape [-1, -1] is expected, not [4]."
    );
    assert_eq!(
        changed(1, "shape", json!([6, 1])),
        "Input \"documents\": the dimension \"features\" has the length 1 here and 2 in another input."
    );
    assert_eq!(
        changed(0, "data", json!([1, 2, 3])),
        "Input \"queries\": data has 3 elements, but the shape [2, 2] has 4."
    );
    assert_eq!(
        changed(2, "data", json!([true, true, 0])),
        "Input \"allowed\": the element at index 2 is not true or false."
    );
    let takes =
        "takes \"queries\" FP32 [-1, -1], \"documents\" FP32 [-1, -1], \"allowed\" BOOL [-1].";
    assert_eq!(
        changed(2, "name", json!("masked")),
        format!("The model has no input \"masked\"; it {takes}")
    );
    assert_eq!(
        refusal(&host, &json!({"inputs": []})),
        format!("The input \"queries\" is missing; the model {takes}")
    );
    assert!(refusal(&host, &json!({})).contains("missing field `inputs`"));
    let mut unknown_output = request();
    unknown_output["outputs"] = json!([{"name": "worst"}]);
    assert_eq!(
        refusal(&host, &unknown_output),
        "The model has no output \"worst\"; it returns \"scores\" FP32 [-1, -1], \"best\" INT64 [-1]."
    );
}

/// No memory is reserved for what a request announces, and the worker goes on.
#[test]
fn a_request_that_announces_too_much_is_400_and_the_next_one_is_answered() {
    let host = host_with("models/similarity", "similarity.onnx")
        .property("default_workers_per_model", "1")
        .start();

    for shape in [
        json!([1_000_000_000, 2]),
        json!([2_147_483_647, 2_147_483_647]),
        json!([-1, 2]),
        json!(vec![1; 1000]),
    ] {
        let mut request = request();
        request["inputs"][0]["shape"] = shape;
        assert!(refusal(&host, &request).starts_with("Input \"queries\": "));
    }
    let nested = format!(
        r#"{{"inputs":[{{"name":"queries","datatype":"FP32","shape":[2,2],"data":{}1{}}}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let response = host.inference(&post("/v2/models/similarity/infer").body(nested));
    assert_eq!(response.status, 400, "{response:?}");
    let response = host.inference(&post("/v2/models/similarity/infer").body(request().to_string()));
    assert_eq!(response.status, 200, "{response:?}");
}

/// The reason is in the log alone, and the worker goes on.
#[test]
fn a_model_that_fails_is_500() {
    let host = host_with(FIXTURES, "gather.onnx")
        .property("default_workers_per_model", "1")
        .start();
    let ask = |index: i64| {
        let body = json!({"inputs": [
            {"name": "index", "datatype": "INT64", "shape": [1], "data": [index]},
        ]});
        host.inference(&post("/predictions/gather").body(body.to_string()))
    };

    let failed = ask(3);
    assert_error(
        &failed,
        500,
        "InternalServerException",
        "Internal error; see the log of the server.",
    );
    assert_eq!(ask(2).json()["outputs"][0]["data"], json!([3.0]));
}

#[test]
fn a_body_over_the_limit_is_413() {
    let host = host_with("models/similarity", "similarity.onnx")
        .property("max_request_size", "100")
        .start();
    let response = host.inference(&post("/v2/models/similarity/infer").body(vec![b' '; 101]));

    assert_eq!(response.status, 413, "{response:?}");
}
