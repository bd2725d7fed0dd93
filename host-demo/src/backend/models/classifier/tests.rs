use std::collections::HashMap;

use super::*;
use crate::backend::models::signature::ShapeSpec;

fn tensor(name: &str, lengths: &[i64]) -> TensorSpec {
    let dimensions = lengths.iter().map(|&length| match usize::try_from(length) {
        Ok(length) => Dimension::Fixed(length),
        Err(_) => Dimension::Any(None),
    });
    TensorSpec {
        name: name.to_owned(),
        datatype: Datatype::Fp32,
        shape: ShapeSpec(Some(dimensions.collect())),
    }
}

fn signature(image: &[i64], scores: &[i64]) -> Signature {
    Signature {
        inputs: vec![tensor("image", image)],
        outputs: vec![tensor("scores", scores)],
    }
}

fn described(
    signature: &Signature,
    ends_in_softmax: bool,
    metadata: &[(&str, &'static str)],
) -> Result<Option<ImageClassifier>, ModelError> {
    let metadata: HashMap<_, _> = metadata.iter().copied().collect();
    ImageClassifier::described(signature, ends_in_softmax, &|entry| {
        metadata.get(entry).copied()
    })
}

fn is_classifier(
    signature: &Signature,
    ends_in_softmax: bool,
    metadata: &[(&str, &'static str)],
) -> bool {
    described(signature, ends_in_softmax, metadata)
        .unwrap()
        .is_some()
}

const CLASSIFICATION: (&str, &str) = ("task", "image-classification");

#[test]
fn a_classifier_is_described_by_its_task_or_by_labels_or_by_its_softmax() {
    let fits = signature(&[-1, 3, 8, 8], &[-1, 2]);
    assert!(is_classifier(&fits, false, &[CLASSIFICATION]));
    assert!(is_classifier(&fits, false, &[("labels", r#"["a","b"]"#)]));
    assert!(is_classifier(&fits, true, &[]));
    assert!(!is_classifier(&fits, false, &[]));
    let another_task = ("task", "image-feature-extraction");
    assert!(!is_classifier(&fits, true, &[another_task]));
}

#[test]
fn images_have_one_or_three_channels_and_fixed_sides() {
    for image in [[-1, 1, 8, 8], [1, 3, 1, 1024]] {
        assert!(
            is_classifier(&signature(&image, &[-1, 2]), true, &[]),
            "{image:?}"
        );
    }
    for image in [
        [-1, 2, 8, 8],
        [-1, -1, 8, 8],
        [-1, 3, -1, 8],
        [-1, 3, 8, 1025],
        [0, 3, 8, 8],
        [2, 3, 8, 8],
    ] {
        let signature = signature(&image, &[-1, 2]);
        assert!(!is_classifier(&signature, true, &[]), "{image:?}");
        let refused = described(&signature, true, &[CLASSIFICATION]);
        assert!(
            matches!(refused, Err(ModelError::Unsuitable { .. })),
            "{image:?}"
        );
    }
    assert!(!is_classifier(
        &signature(&[-1, 3, 8, 8], &[-1, 2, 2]),
        true,
        &[]
    ));
}

#[test]
fn metadata_that_is_not_valid_is_named() {
    let fits = signature(&[-1, 3, 8, 8], &[-1, 2]);
    for (entry, value) in [
        ("labels", "[]"),
        ("labels", r#"["a","a"]"#),
        ("function_to_apply", "sigmoid"),
        ("image_mean", "[0.5]"),
        ("image_mean", "0.5"),
        ("image_std", "[1,1,0]"),
    ] {
        let error = described(&fits, true, &[CLASSIFICATION, (entry, value)]).unwrap_err();
        let named = matches!(error, ModelError::Metadata { entry: named, .. } if named == entry);
        assert!(named, "{entry} {value}: {error}");
    }
}

fn classes(classifier: Option<ImageClassifier>, scores: Vec<f32>) -> Option<String> {
    let mut classifier = classifier.unwrap();
    classifier.name_classes(2);
    let prediction = classifier.prediction(scores).ok()?;
    Some(serde_json::to_string(&prediction).unwrap())
}

#[test]
fn a_softmax_is_applied_once_unless_the_metadata_says_otherwise() {
    let fits = signature(&[-1, 1, 8, 8], &[-1, 2]);
    let of = |ends_in_softmax, metadata: &[_]| {
        let metadata = [&[CLASSIFICATION], metadata].concat();
        described(&fits, ends_in_softmax, &metadata).unwrap()
    };
    let equal = Some(r#"{"0":0.5,"1":0.5}"#.to_owned());
    let as_they_are = Some(r#"{"0":0.75,"1":0.25}"#.to_owned());
    assert_eq!(classes(of(false, &[]), vec![7.0, 7.0]), equal);
    assert_eq!(classes(of(true, &[]), vec![0.75, 0.25]), as_they_are);
    let none = [("function_to_apply", "none")];
    assert_eq!(classes(of(false, &none), vec![0.75, 0.25]), as_they_are);
    assert_eq!(classes(of(false, &none), vec![7.0, 7.0]), None);
    let softmax = [("function_to_apply", "softmax")];
    assert_eq!(classes(of(true, &softmax), vec![0.5, 0.5]), equal);
}

#[test]
fn large_logits_stay_finite_and_infinite_ones_are_an_error() {
    let fits = signature(&[-1, 1, 8, 8], &[-1, 2]);
    let classifier = || described(&fits, false, &[CLASSIFICATION]).unwrap();
    let certain = Some(r#"{"0":1.0,"1":0.0}"#.to_owned());
    assert_eq!(classes(classifier(), vec![3e38, -3e38]), certain);
    assert_eq!(classes(classifier(), vec![f32::INFINITY, 0.0]), None);
    assert_eq!(classes(classifier(), vec![f32::NAN, 0.0]), None);
    assert_eq!(classes(classifier(), vec![1.0, 0.0, 0.0]), None);
}
