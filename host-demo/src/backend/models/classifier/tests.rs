use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::{Classify as _, ClassifyError, InferenceError, ModelError, OnnxClassifier};

fn digits_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/digits")
}

fn digits() -> Vec<u8> {
    fs::read(digits_folder().join("digits.onnx")).unwrap()
}

/// The digits model with some bytes replaced by others of the same length.
fn digits_with(old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = digits();
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn every_sample_is_classified_right_with_the_measured_probability() {
    let classifier = OnnxClassifier::load(digits()).unwrap();
    let metrics = fs::read(digits_folder().join("metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_slice(&metrics).unwrap();
    for digit in 0..10 {
        let sample = digits_folder().join(format!("samples/{digit}.png"));
        let prediction = classifier.classify(&fs::read(sample).unwrap()).unwrap();
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
    let classifier = OnnxClassifier::load(digits_with(b"1.0", b"2.7")).unwrap();
    assert_eq!(classifier.version().unwrap().as_str(), "2.7");
    let classifier = OnnxClassifier::load(digits_with(b"\"3\"", b"\"T\"")).unwrap();
    let three = fs::read(digits_folder().join("samples/3.png")).unwrap();
    assert_eq!(*classifier.classify(&three).unwrap().classes()[0].0, *"T");
}

#[test]
fn a_model_without_labels_numbers_its_classes() {
    let classifier = OnnxClassifier::load(digits_with(b"labels", b"xabels")).unwrap();
    let three = fs::read(digits_folder().join("samples/3.png")).unwrap();
    assert_eq!(*classifier.classify(&three).unwrap().classes()[0].0, *"3");
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
        assert!(OnnxClassifier::load(bytes).is_err());
    }
}

#[test]
fn an_unknown_operator_is_named() {
    let error = OnnxClassifier::load(digits_with(b"Softmax", b"Sofdmax")).unwrap_err();
    assert!(matches!(error, ModelError::Load { .. }), "{error}");
    assert!(error.to_string().contains("Sofdmax"), "{error}");
}

#[test]
fn a_model_that_returns_no_probabilities_is_refused_when_it_is_loaded() {
    // Softmax over the batch instead of the classes: every class gets 1.
    let classes = b"Softmax*\x0b\n\x04axis\x18\x01";
    let batch = b"Softmax*\x0b\n\x04axis\x18\x00";
    let error = OnnxClassifier::load(digits_with(classes, batch)).unwrap_err();
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
        let error = OnnxClassifier::load(digits_with(old, new)).unwrap_err();
        assert!(matches!(error, ModelError::Metadata { .. }), "{error}");
        assert!(error.to_string().contains(entry), "{error}");
    }
}

#[test]
fn a_model_of_colour_images_is_refused_with_what_is_expected() {
    // In the input's shape: "batch", then 1, 8, 8.
    let grey = b"batch\n\x02\x08\x01\n\x02\x08\x08\n\x02\x08\x08";
    let colour = b"batch\n\x02\x08\x03\n\x02\x08\x08\n\x02\x08\x08";
    let error = OnnxClassifier::load(digits_with(grey, colour)).unwrap_err();
    assert!(matches!(error, ModelError::Unsuitable { .. }), "{error}");
    assert!(
        error.to_string().contains("[batch, 1, height, width]"),
        "{error}"
    );
}

#[test]
fn an_image_of_the_wrong_size_is_an_error_of_the_request() {
    let classifier = OnnxClassifier::load(digits()).unwrap();
    assert!(matches!(
        classifier.classify(b"GIF89a"),
        Err(ClassifyError::Image(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_truncated_model_never_panics(kept in any::<prop::sample::Index>()) {
        let mut bytes = digits();
        bytes.truncate(kept.index(bytes.len()));
        // Cut between two entries of metadata it may still be a complete model.
        let _is_an_answer = OnnxClassifier::load(bytes).is_ok();
    }
}
