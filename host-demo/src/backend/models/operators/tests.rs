use rten::Model;

use super::*;

/// A field with a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
    bytes.extend(content);
    bytes
}

/// Why rten does not load a model of this one operator; empty if it does.
fn refusal(operator: &str) -> String {
    let node = [
        field(1, b"x"),
        field(2, b"y"),
        field(4, operator.as_bytes()),
    ]
    .concat();
    let graph = field(1, &node);
    // Begins with the IR version, by which rten recognizes the format.
    let model = [vec![0x08, 8], field(7, &graph), field(8, &[0x10, 17])].concat();
    Model::load(model)
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

fn is_missing(operator: &str) -> bool {
    let refusal = refusal(operator);
    refusal.contains("not supported") || refusal.contains("feature")
}

#[test]
fn the_list_is_sorted_and_rten_has_what_it_lists() {
    assert!(SUPPORTED.is_sorted());
    for operator in SUPPORTED {
        assert!(!is_missing(operator), "{operator}: {}", refusal(operator));
    }
}

/// Operators of ONNX that rten has only with other features, or not at all.
#[test]
fn what_is_not_listed_is_not_supported() {
    for operator in [
        "AffineGrid",
        "Bernoulli",
        "BitShift",
        "BitwiseAnd",
        "BitwiseNot",
        "BlackmanWindow",
        "Celu",
        "CenterCropPad",
        "Col2Im",
        "Compress",
        "DFT",
        "DeformConv",
        "Det",
        "Dropout",
        "GlobalLpPool",
        "GroupNormalization",
        "HammingWindow",
        "HannWindow",
        "Hardmax",
        "ImageDecoder",
        "LRN",
        "LpPool",
        "MaxRoiPool",
        "MaxUnpool",
        "MeanVarianceNormalization",
        "MelWeightMatrix",
        "Mish",
        "Multinomial",
        "NegativeLogLikelihoodLoss",
        "Optional",
        "OptionalGetElement",
        "OptionalHasElement",
        "QLinearConv",
        "QLinearMatMul",
        "RNN",
        "RandomNormal",
        "RandomNormalLike",
        "RandomUniform",
        "RandomUniformLike",
        "RegexFullMatch",
        "RoiAlign",
        "STFT",
        "Scan",
        "Selu",
        "SequenceMap",
        "Shrink",
        "SoftmaxCrossEntropyLoss",
        "SpaceToDepth",
        "StringConcat",
        "StringNormalizer",
        "StringSplit",
        "TensorScatter",
        "TfIdfVectorizer",
        "ThresholdedRelu",
        "Unique",
    ] {
        assert!(is_missing(operator), "{operator}: {}", refusal(operator));
        assert!(SUPPORTED.binary_search(&operator).is_err(), "{operator}");
    }
}

#[test]
fn a_model_of_supported_operators_has_another_error() {
    let operators = BTreeSet::from(["Add".to_owned(), "Softmax".to_owned()]);
    assert!(unsupported(&operators).is_none());
}
