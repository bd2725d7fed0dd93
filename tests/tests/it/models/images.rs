//! Image classifiers other than the grey one with a softmax.

use integration_tests::post;

use super::{FIXTURES, host_with, prediction, sample};

/// The samples are grey, so that the three channels are equal.
#[test]
fn a_classifier_of_colour_images_answers_with_probabilities_although_it_returns_logits() {
    let host = host_with(FIXTURES, "colour.onnx").start();
    let request = post("/predictions/colour").body(sample(3));
    let response = host.inference(&request);

    assert_eq!(response.status, 200, "{response:?}");
    let probabilities = response.json();
    for label in ["red", "green", "blue"] {
        let probability = probabilities[label].as_f64().expect("a probability");
        assert!((probability - 1.0 / 3.0).abs() < 1e-6, "{probabilities}");
    }
}

/// Its mean of the red channel is the brightest value.
#[test]
fn channels_are_normalized_as_the_metadata_says() {
    let host = host_with(FIXTURES, "normalized.onnx").start();
    let request = post("/predictions/normalized").body(sample(3));
    let (class, _) = prediction(&host, &request);

    assert_ne!(class, "red");
}

#[test]
fn a_model_without_the_description_of_a_classifier_takes_tensors_alone() {
    let host = host_with(FIXTURES, "features.onnx").start();
    let response = host.inference(&post("/predictions/features").body(sample(3)));

    assert_eq!(response.status, 400, "{response:?}");
    let message = response.json()["message"].to_string();
    assert!(message.contains("FP32 [-1, 3, 4, 4]"), "{message}");
}
