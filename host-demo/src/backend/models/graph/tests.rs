use std::{fs, path::Path};

use super::*;

fn read(file: &str) -> GraphSummary {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    GraphSummary::read(&fs::read(path).unwrap()).unwrap()
}

fn any(name: &str) -> Dimension {
    Dimension::Any(Some(name.to_owned()))
}

#[test]
fn declared_tensors_keep_the_types_of_the_file() {
    let graph = read("models/similarity/similarity.onnx");
    let allowed = ValueInfo {
        name: "allowed".to_owned(),
        elem_type: Some(9),
        shape: Some(vec![any("document_count")]),
    };
    assert_eq!(graph.inputs.len(), 3);
    assert_eq!(graph.inputs[2], allowed);
    let best = ValueInfo {
        name: "best".to_owned(),
        elem_type: Some(7),
        shape: Some(vec![any("query_count")]),
    };
    assert_eq!(graph.outputs[1], best);
}

#[test]
fn a_scalar_has_a_shape_without_dimensions() {
    let graph = read("tests/fixtures/models/slow.onnx");
    assert_eq!(graph.inputs[0].shape, Some(Vec::new()));
}

#[test]
fn operators_of_subgraphs_count_and_other_domains_are_named() {
    let operators = |file| Vec::from_iter(read(file).operators);
    let slow = operators("tests/fixtures/models/slow.onnx");
    assert_eq!(slow, ["Add", "Identity", "Loop"]);
    let trees = operators("tests/fixtures/models/trees.onnx");
    assert_eq!(trees, ["ai.onnx.ml.Normalizer", "ai.onnx.ml.Scaler"]);
}

#[test]
fn a_softmax_at_the_end_is_found() {
    assert!(read("models/digits/digits.onnx").ends_in_softmax);
    assert!(!read("tests/fixtures/models/colour.onnx").ends_in_softmax);
}
