use std::sync::Arc;

use super::Prediction;

#[test]
fn the_five_likeliest_classes_are_answered_in_order() {
    let labels: Vec<Arc<str>> = ["a", "b", "c", "d", "e", "f"].map(Arc::from).to_vec();
    let prediction = Prediction::top(&labels, &[0.1, 0.5, 0.0, 0.25, 0.05, 0.1]);
    assert_eq!(
        serde_json::to_string(&prediction).unwrap(),
        r#"{"b":0.5,"d":0.25,"a":0.1,"f":0.1,"e":0.05}"#
    );
}

#[test]
fn a_model_of_two_classes_answers_two() {
    let labels: Vec<Arc<str>> = ["no", "yes"].map(Arc::from).to_vec();
    let prediction = Prediction::top(&labels, &[0.25, 0.75]);
    assert_eq!(
        serde_json::to_string(&prediction).unwrap(),
        r#"{"yes":0.75,"no":0.25}"#
    );
}

#[test]
fn a_label_is_escaped() {
    let prediction = Prediction::top(&[Arc::from("a\"b")], &[1.0]);
    assert_eq!(
        serde_json::to_string(&prediction).unwrap(),
        r#"{"a\"b":1.0}"#
    );
}
