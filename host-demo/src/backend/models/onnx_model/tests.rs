use std::{fs, io::Cursor, path::PathBuf};

use bytes::Bytes;
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::backend::models::name::ModelName;

fn load(bytes: Vec<u8>) -> Result<OnnxModel, ModelError> {
    OnnxModel::load(bytes, &ModelLimits::default())
}

impl OnnxModel {
    fn classified(&self, image: &[u8]) -> Result<Prediction, PredictFailure> {
        self.classify(image, RunOptions::default())
    }
}

fn digits_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/digits")
}

fn digits() -> Vec<u8> {
    fs::read(digits_folder().join("digits.onnx")).unwrap()
}

fn similarity() -> Vec<u8> {
    fs::read(digits_folder().join("../similarity/similarity.onnx")).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/models");
    fs::read(folder.join(format!("{name}.onnx"))).unwrap()
}

/// A PNG of one colour.
fn image(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(16, 16, Rgb(colour));
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The body of the response, as version 1.0 of the model m.
fn infer(model: &OnnxModel, body: &str) -> Result<serde_json::Value, PredictFailure> {
    let id = ModelId {
        name: ModelName::parse("m").unwrap(),
        version: ModelVersion::default(),
    };
    let body = InferenceBody::json(Bytes::copy_from_slice(body.as_bytes()));
    let rendered = model.infer(&id, &body, RunOptions::default())?;
    assert_eq!(rendered.json_bytes, None);
    Ok(serde_json::from_slice(&rendered.body).unwrap())
}

/// The digits model with some bytes replaced by others of the same length.
fn digits_with(old: &[u8], new: &[u8]) -> Vec<u8> {
    with(digits(), old, new)
}

fn with(mut bytes: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn every_sample_is_classified_right_with_the_measured_probability() {
    let classifier = load(digits()).unwrap();
    let metrics = fs::read(digits_folder().join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_slice(&metrics).unwrap();
    for digit in 0..10 {
        let sample = digits_folder().join(format!("samples/{digit}.png"));
        let prediction = classifier.classified(&fs::read(sample).unwrap()).unwrap();
        let (label, probability) = &prediction.classes()[0];
        assert_eq!(**label, digit.to_string());
        let measured = metrics["sample_probabilities"][digit.to_string()]
            .as_f64()
            .unwrap();
        // Pixels of 0 to 16 become 0 to 255 and back: what rounding leaves.
        assert!(
            (f64::from(*probability) - measured).abs() < 0.002,
            "{digit}: {probability}"
        );
        assert_eq!(prediction.classes().len(), 5);
    }
}

#[test]
fn version_and_labels_are_read_from_the_metadata() {
    let classifier = load(digits_with(b"1.0", b"2.7")).unwrap();
    assert_eq!(classifier.version().unwrap().as_str(), "2.7");
    let classifier = load(digits_with(b"\"3\"", b"\"T\"")).unwrap();
    let three = fs::read(digits_folder().join("samples/3.png")).unwrap();
    assert_eq!(*classifier.classified(&three).unwrap().classes()[0].0, *"T");
}

#[test]
fn a_model_without_labels_numbers_its_classes() {
    let classifier = load(digits_with(b"labels", b"xabels")).unwrap();
    let three = fs::read(digits_folder().join("samples/3.png")).unwrap();
    assert_eq!(*classifier.classified(&three).unwrap().classes()[0].0, *"3");
}

#[test]
fn a_file_that_is_not_a_model_is_refused() {
    let half = digits().split_off(digits().len() / 2);
    for bytes in [
        b"".to_vec(),
        b"not a model".to_vec(),
        vec![0xff; 1000],
        half,
    ] {
        assert!(load(bytes).is_err());
    }
}

#[test]
fn an_unknown_operator_is_named() {
    let error = load(digits_with(b"Softmax", b"Sofdmax")).unwrap_err();
    assert!(matches!(error, ModelError::Operators { .. }), "{error}");
    assert!(error.to_string().contains("Sofdmax"), "{error}");
}

#[test]
fn a_model_that_returns_no_probabilities_is_refused_when_it_is_loaded() {
    // Softmax over the batch instead of the classes: every class gets 1.
    let classes = b"Softmax*\x0b\n\x04axis\x18\x01";
    let batch = b"Softmax*\x0b\n\x04axis\x18\x00";
    let error = load(digits_with(classes, batch)).unwrap_err();
    let ModelError::Trial { source } = error else {
        panic!("{error}")
    };
    assert!(matches!(source, InferenceError::NotProbabilities));
}

#[test]
fn labels_and_version_that_are_not_valid_are_named() {
    for (old, new, entry) in [
        (&b"\"3\""[..], &b"\"2\""[..], "labels"),
        (b"\"3\"", b"3  ", "labels"),
        (b"1.0", b"1/0", "version"),
        (b"1.0", b"all", "version"),
    ] {
        let error = load(digits_with(old, new)).unwrap_err();
        assert!(matches!(error, ModelError::Metadata { .. }), "{error}");
        assert!(error.to_string().contains(entry), "{error}");
    }
}

#[test]
fn a_classifier_whose_input_does_not_fit_its_weights_is_refused_when_it_is_loaded() {
    // In the input's shape: "batch", then 1, 8, 8.
    let grey = b"batch\n\x02\x08\x01\n\x02\x08\x08\n\x02\x08\x08";
    let colour = b"batch\n\x02\x08\x03\n\x02\x08\x08\n\x02\x08\x08";
    let error = load(digits_with(grey, colour)).unwrap_err();
    assert!(matches!(error, ModelError::Trial { .. }), "{error}");
}

#[test]
fn logits_of_a_colour_classifier_become_probabilities() {
    let classifier = load(fixture("colour")).unwrap();
    let prediction = classifier.classified(&image([255, 0, 51])).unwrap();
    let classes = prediction.classes();
    // Ten times the means are the logits 10, 0 and 2.
    let sum = 1.0 + (-10_f32).exp() + (-8_f32).exp();
    let expected = [
        ("red", 1.0 / sum),
        ("blue", (-8_f32).exp() / sum),
        ("green", (-10_f32).exp() / sum),
    ];
    for ((label, probability), (expected_label, expected)) in classes.iter().zip(expected) {
        assert_eq!(**label, *expected_label);
        assert!((probability - expected).abs() < 1e-5, "{classes:?}");
    }
}

#[test]
fn channels_are_normalized_as_the_metadata_says() {
    let classifier = load(fixture("normalized")).unwrap();
    let prediction = classifier.classified(&image([255, 0, 51])).unwrap();
    // Of red, 1 is subtracted.
    assert_eq!(*prediction.classes()[0].0, *"blue");
}

#[test]
fn a_model_that_is_not_described_as_a_classifier_takes_no_images() {
    let model = load(fixture("features")).unwrap();
    assert!(!model.is_image_classifier());
    assert!(matches!(
        model.classified(&image([255, 0, 51])),
        Err(PredictFailure::Image(ImageError::NoClassifier))
    ));
    let body = r#"{"inputs":[{"name":"image","datatype":"FP32","shape":[1,3,4,4],"data":[DATA]}]}"#;
    let ones = ["1"; 48].join(",");
    let answer = infer(&model, &body.replace("DATA", &ones)).unwrap();
    assert_eq!(
        answer["outputs"][0]["data"],
        serde_json::json!([10.0, 10.0, 10.0])
    );
}

#[test]
fn every_element_type_is_read_and_returned() {
    let model = load(fixture("types")).unwrap();
    let body = r#"{"id": "7", "inputs": [
        {"name": "bool", "datatype": "BOOL", "shape": [2], "data": [true, false]},
        {"name": "fp32", "datatype": "FP32", "shape": [2], "data": [0.1, 2]},
        {"name": "fp64", "datatype": "FP64", "shape": [2], "data": [0.1, -3.5e10]},
        {"name": "int32", "datatype": "INT32", "shape": [2], "data": [1, -2147483647]},
        {"name": "int64", "datatype": "INT64", "shape": [2], "data": [0, 2147483647]},
        {"name": "uint8", "datatype": "UINT8", "shape": [2], "data": [0, 255]}
    ]}"#;
    let answer = infer(&model, body).unwrap();
    assert_eq!(answer["model_name"], "m");
    assert_eq!(answer["model_version"], "1.0");
    assert_eq!(answer["id"], "7");
    let outputs = answer["outputs"].as_array().unwrap();
    let shown: Vec<String> = outputs
        .iter()
        .map(|output| {
            format!(
                "{} {} {}",
                output["name"], output["datatype"], output["data"]
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#""fp32_out" "FP32" [-0.1,-2.0]"#,
            r#""fp64_out" "FP64" [-0.1,35000000000.0]"#,
            r#""int32_out" "INT32" [-1,2147483647]"#,
            r#""int64_out" "INT64" [0,-2147483647]"#,
            r#""uint8_out" "UINT8" [0,255]"#,
            r#""bool_out" "BOOL" [false,true]"#,
        ]
    );
}

#[test]
fn several_inputs_and_the_outputs_that_are_asked_for() {
    let model = load(similarity()).unwrap();
    let body = r#"{"inputs": [
        {"name": "queries", "datatype": "FP32", "shape": [2, 2], "data": [[1, 0], [0, 3]]},
        {"name": "documents", "datatype": "FP32", "shape": [3, 2], "data": [1, 1, 2, 0, 0, 1]},
        {"name": "allowed", "datatype": "BOOL", "shape": [3], "data": [true, true, false]}
    ], "outputs": [{"name": "best"}]}"#;
    let answer = infer(&model, body).unwrap();
    let best = serde_json::json!([{
        "name": "best", "datatype": "INT64", "shape": [2], "data": [1, 0]
    }]);
    assert_eq!(answer["outputs"], best);
}

#[test]
fn what_is_not_a_finite_number_is_null() {
    let model = load(similarity()).unwrap();
    let body = r#"{"inputs": [
        {"name": "queries", "datatype": "FP32", "shape": [1, 1], "data": [0]},
        {"name": "documents", "datatype": "FP32", "shape": [1, 1], "data": [1]},
        {"name": "allowed", "datatype": "BOOL", "shape": [1], "data": [true]}
    ], "outputs": [{"name": "scores"}]}"#;
    let answer = infer(&model, body).unwrap();
    assert_eq!(answer["outputs"][0]["data"], serde_json::json!([null]));
}

#[test]
fn an_operator_that_fails_is_an_error_of_the_model() {
    let model = load(fixture("gather")).unwrap();
    let body = r#"{"inputs": [{"name": "index", "datatype": "INT64", "shape": [1], "data": [3]}]}"#;
    assert!(matches!(
        infer(&model, body),
        Err(PredictFailure::Inference(InferenceError::Failed { .. }))
    ));
}

#[test]
fn every_operator_that_is_not_supported_is_named_with_those_that_are() {
    let error = load(fixture("trees")).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "the model cannot be loaded: not supported: ai.onnx.ml.Normalizer, ai.onnx.ml.Scaler; \
             supported: Abs, Acos, "
        ),
        "{error}"
    );
    assert!(
        error.ends_with(", Where, Xor") && !error.contains('\n'),
        "{error}"
    );
}

#[test]
fn an_element_type_that_is_not_served_is_named_with_those_that_are() {
    let error = load(fixture("half")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model is not suitable: the input \"x\" is not a dense tensor of FP32, FP64, INT32, \
         INT64, UINT8 and BOOL"
    );
}

#[test]
fn a_model_that_says_it_is_a_classifier_and_is_none_is_refused() {
    // The height of the image becomes 0.
    let four = b"\n\x02\x08\x04\n\x02\x08\x04";
    let zero = b"\n\x02\x08\x00\n\x02\x08\x04";
    let error = load(with(fixture("colour"), four, zero)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model is not suitable: its task is image-classification: one input [batch, 1 or 3, \
         height, width] of FP32, sides up to 1024, and one output [batch, classes] of FP32 are \
         expected, not \"image\" FP32 [-1, 3, 0, 4] and \"logits\" FP32 [-1, 3]"
    );
}

#[test]
fn an_image_of_the_wrong_size_is_an_error_of_the_request() {
    let classifier = load(digits()).unwrap();
    assert!(matches!(
        classifier.classified(b"GIF89a"),
        Err(PredictFailure::Image(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_truncated_model_never_panics(kept in any::<prop::sample::Index>()) {
        let mut bytes = digits();
        bytes.truncate(kept.index(bytes.len()));
        // Cut between two entries of metadata it may still be a complete model.
        let _is_an_answer = load(bytes).is_ok();
    }
}
