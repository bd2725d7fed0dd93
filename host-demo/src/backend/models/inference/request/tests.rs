use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::backend::models::{datatype::Datatype, inference::tensor::Elements};

fn named(name: &str) -> Dimension {
    Dimension::Any(Some(name.to_owned()))
}

fn tensor_spec(name: &str, datatype: Datatype, shape: Option<Vec<Dimension>>) -> TensorSpec {
    TensorSpec {
        name: name.to_owned(),
        datatype,
        shape: ShapeSpec(shape),
    }
}

/// Two inputs that share a dimension, and one whose shape is not known.
fn signature() -> Signature {
    let pair = || Some(vec![named("n"), Dimension::Fixed(2)]);
    Signature {
        inputs: vec![
            tensor_spec("a", Datatype::Fp32, pair()),
            tensor_spec("b", Datatype::Int64, Some(vec![named("n")])),
            tensor_spec("c", Datatype::Bool, None),
        ],
        outputs: vec![
            tensor_spec("x", Datatype::Fp32, pair()),
            tensor_spec("y", Datatype::Fp32, None),
        ],
    }
}

const A: &str = r#"{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]}"#;
const B: &str = r#"{"name":"b","datatype":"INT64","shape":[1],"data":[3]}"#;
const C: &str = r#"{"name":"c","datatype":"BOOL","shape":[1,1],"data":[[true]]}"#;

fn parse(body: &str) -> Result<InferenceRequest, String> {
    parse_binary(body, &[])
}

/// With these bytes after the JSON.
fn parse_binary(json: &str, binary: &[u8]) -> Result<InferenceRequest, String> {
    let body = Bytes::from([json.as_bytes(), binary].concat());
    let body = InferenceBody::with_json_bytes(body, json.len()).unwrap();
    InferenceRequest::parse(&body, &signature()).map_err(|error| error.to_string())
}

/// How outputs are returned, by their index.
fn outputs(request: &InferenceRequest) -> Vec<(usize, bool)> {
    let outputs = request.outputs.iter();
    outputs
        .map(|output| (output.index, output.is_binary))
        .collect()
}

fn inputs(inputs: &[&str]) -> String {
    format!(r#"{{"inputs":[{}]}}"#, inputs.join(","))
}

/// The error of a request in which one input is another one.
fn with_a(a: &str) -> String {
    parse(&inputs(&[a, B, C])).unwrap_err()
}

#[test]
fn inputs_come_in_any_order_with_members_that_are_not_used() {
    let body = format!(
        r#"{{"parameters":{{"binary_data_output":true}},"id":"1","inputs":[{C},{B},{A}],
            "outputs":[{{"name":"y","parameters":{{"binary_data":true}}}}],"more":[]}}"#
    );
    let request = parse(&body).unwrap();
    let tensor = |shape: &[usize], elements| Tensor {
        shape: shape.to_vec(),
        elements,
    };
    let expected = InferenceRequest {
        id: Some("1".to_owned()),
        inputs: vec![
            tensor(&[1, 2], Elements::Float(vec![1.0, 2.0])),
            tensor(&[1], Elements::Signed(vec![3])),
            tensor(&[1, 1], Elements::Signed(vec![1])),
        ],
        outputs: vec![OutputRequest {
            index: 1,
            is_binary: true,
        }],
    };
    assert_eq!(request, expected);
    let all = parse(&inputs(&[A, B, C])).unwrap();
    assert_eq!(outputs(&all), [(0, false), (1, false)]);
}

#[test]
fn what_is_no_request_is_told_with_what_the_model_takes() {
    let takes = r#"; the model takes "a" FP32 [-1, 2], "b" INT64 [-1], "c" BOOL [-1]"#;
    for (body, reason) in [
        ("", "it is empty"),
        ("x", "expected value at line 1 column 1"),
        ("{}", "missing field `inputs` at line 1 column 2"),
        (
            r#"{"inputs":[],"inputs":[]}"#,
            "duplicate field `inputs` at line 1 column 21",
        ),
    ] {
        let expected = format!("the body is not an inference request: {reason}{takes}");
        assert_eq!(parse(body).unwrap_err(), expected);
    }
    let long = format!(r#"{{"inputs":"{}"}}"#, "x".repeat(10_000));
    assert!(parse(&long).unwrap_err().len() < 400);
}

#[test]
fn names_of_inputs_are_told_with_those_of_the_model() {
    let takes = r#"takes "a" FP32 [-1, 2], "b" INT64 [-1], "c" BOOL [-1]"#;
    let missing = format!(r#"the input "c" is missing; the model {takes}"#);
    assert_eq!(parse(&inputs(&[A, B])).unwrap_err(), missing);
    let unknown = format!(r#"the model has no input "d"; it {takes}"#);
    assert_eq!(with_a(&A.replace(r#""a""#, r#""d""#)), unknown);
    assert_eq!(
        parse(&inputs(&[A, B, C, A])).unwrap_err(),
        r#"input "a": it is given twice"#
    );
}

#[test]
fn outputs_are_those_of_the_model_each_once() {
    let with = |outputs: &str| {
        let body = format!(r#"{{"inputs":[{A},{B},{C}],"outputs":[{outputs}]}}"#);
        parse(&body)
    };
    assert_eq!(
        with(r#"{"name":"z"}"#).unwrap_err(),
        r#"the model has no output "z"; it returns "x" FP32 [-1, 2], "y" FP32 [-1]"#
    );
    assert_eq!(
        with(r#"{"name":"x"},{"name":"x"}"#).unwrap_err(),
        r#"the output "x" is asked for twice"#
    );
    assert_eq!(outputs(&with("").unwrap()), [(0, false), (1, false)]);
}

#[test]
fn datatype_and_shape_are_told_with_the_expected_ones() {
    assert_eq!(
        with_a(&A.replace("FP32", "FP64")),
        r#"input "a": datatype FP32 is expected, not "FP64""#
    );
    for shape in ["[1]", "[1, 3]", "[-1, 2]", "[1, 2, 1]", "[]"] {
        assert_eq!(
            with_a(&A.replace("[1,2],", &format!("{shape},"))),
            format!(r#"input "a": shape [-1, 2] is expected, not {shape}"#)
        );
    }
    let deep = format!("[{}]", ["1"; 17].join(","));
    let error = parse(&inputs(&[A, B, &C.replace("[1,1]", &deep)])).unwrap_err();
    assert!(
        error.starts_with(r#"input "c": shape [-1] is expected"#),
        "{error}"
    );
}

#[test]
fn a_shape_that_is_too_large_is_refused_before_its_data_is_read() {
    for shape in ["[4611686018427387904,2]", "[2147483647,2]"] {
        let error = with_a(&A.replace("[1,2],", &format!("{shape},")));
        let expected = "has more than 2147483647 elements";
        assert!(error.ends_with(expected), "{error}");
    }
    let c = C.replace("[1,1]", "[0,4611686018427387904,4611686018427387904]");
    let error = parse(&inputs(&[A, B, &c])).unwrap_err();
    assert!(
        error.ends_with("has more than 2147483647 elements"),
        "{error}"
    );
}

#[test]
fn dimensions_of_one_name_have_one_length() {
    let b = B.replace("[1]", "[2]");
    assert_eq!(
        parse(&inputs(&[A, &b, C])).unwrap_err(),
        r#"input "b": the dimension "n" has the length 2 here and 1 in another input"#
    );
}

#[test]
fn data_that_is_missing_is_told() {
    let without = A.replace(r#","data":[1,2]"#, "");
    assert_eq!(with_a(&without), r#"input "a": it has no data"#);
}

/// The input a as bytes after the JSON.
fn binary_a(size: &str) -> String {
    let size = format!(r#""parameters":{{"binary_data_size":{size}}}"#);
    A.replace(r#""data":[1,2]"#, &size)
}

#[test]
fn binary_data_is_taken_in_the_order_of_the_inputs_in_the_request() {
    let c = C.replace(
        r#""data":[[true]]"#,
        r#""parameters":{"binary_data_size":1}"#,
    );
    let mut binary = vec![1];
    binary.extend([1.5_f32, -2.0].iter().flat_map(|one| one.to_le_bytes()));
    let request = parse_binary(&inputs(&[&c, B, &binary_a("8")]), &binary).unwrap();

    assert_eq!(request.inputs[0].elements, Elements::Float(vec![1.5, -2.0]));
    assert_eq!(request.inputs[2].elements, Elements::Signed(vec![1]));
}

#[test]
fn binary_data_that_does_not_fit_is_told() {
    let error =
        |size, bytes: &[u8]| parse_binary(&inputs(&[&binary_a(size), B, C]), bytes).unwrap_err();
    assert_eq!(
        error("8", &[0; 7]),
        r#"input "a": its binary data reaches beyond the end of the body"#
    );
    assert_eq!(
        error("18446744073709551615", &[0; 8]),
        r#"input "a": its binary data reaches beyond the end of the body"#
    );
    assert_eq!(
        error("4", &[0; 8]),
        r#"input "a": it has 4 bytes of binary data, but the shape [1, 2] has 8"#
    );
    assert_eq!(
        error("8", &[0; 9]),
        "1 bytes after the JSON belong to no input"
    );
    assert!(error("-1", &[]).starts_with("the body is not an inference request: "));
    let both = A.replace(r#""data""#, r#""parameters":{"binary_data_size":8},"data""#);
    assert_eq!(
        parse_binary(&inputs(&[&both, B, C]), &[0; 8]).unwrap_err(),
        r#"input "a": it has data in the JSON and binary data"#
    );
}

#[test]
fn outputs_are_binary_where_the_request_says_so() {
    let with = |members: &str| {
        let body = format!(r#"{{"inputs":[{A},{B},{C}],{members}}}"#);
        outputs(&parse(&body).unwrap())
    };
    let all = r#""parameters":{"binary_data_output":true}"#;
    assert_eq!(with(all), [(0, true), (1, true)]);
    let one = r#"{"name":"y","parameters":{"binary_data":false}},{"name":"x"}"#;
    let some = format!(r#"{all},"outputs":[{one}]"#);
    assert_eq!(with(&some), [(1, false), (0, true)]);
}

#[test]
fn a_problem_of_the_data_names_the_input() {
    assert_eq!(
        with_a(&A.replace("[1,2]}", "[1,true]}")),
        r#"input "a": the element at index 1 is not a number within the range of a 32-bit float"#
    );
}

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let body = InferenceBody::json(body.into());
        let _is_an_answer = InferenceRequest::parse(&body, &signature()).is_ok();
    }

    #[test]
    fn any_shape_and_data_are_a_request_or_an_error(
        shape in prop::collection::vec(prop_oneof![-2..4_i64, any::<i64>()], 0..5),
        data in "[\\[\\]0-9,.e-]{0,40}",
    ) {
        let a = A.replace("[1,2],", &format!("{shape:?},")).replace("[1,2]}", &format!("{data}}}"));
        if let Ok(request) = parse(&inputs(&[&a, B, C])) {
            let tensor = &request.inputs[0];
            prop_assert_eq!(tensor.elements.len(), tensor.shape.iter().product::<usize>());
        }
    }
}
