use proptest::prelude::*;

use super::{LoadModels, ModelSpec};

fn listed(models: &[(Option<&str>, &str)]) -> LoadModels {
    let spec = |(name, url): &(Option<&str>, &str)| ModelSpec {
        name: name.map(str::to_owned),
        url: (*url).to_owned(),
    };
    LoadModels::Listed(models.iter().map(spec).collect())
}

#[test]
fn the_forms_of_torchserve_are_read() {
    for (text, expected) in [
        ("", LoadModels::None),
        ("  ", LoadModels::None),
        ("all", LoadModels::All),
        ("ALL", LoadModels::All),
        ("a.onnx", listed(&[(None, "a.onnx")])),
        ("a=a.onnx", listed(&[(Some("a"), "a.onnx")])),
        (
            "a=a.onnx, b.onnx ,c = c.onnx",
            listed(&[
                (Some("a"), "a.onnx"),
                (None, "b.onnx"),
                (Some("c"), "c.onnx"),
            ]),
        ),
        ("a=b=c.onnx", listed(&[(Some("a"), "b=c.onnx")])),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text:?}");
    }
}

#[test]
fn an_incomplete_model_is_refused() {
    for text in [",", "a,", ",a", "a=", "=a", "a=a.onnx,,b", " = "] {
        let expected = Err("all, or FILE and NAME=FILE separated by commas");
        assert_eq!(text.parse::<LoadModels>(), expected, "{text:?}");
    }
    let many = vec!["a"; 1025].join(",");
    assert_eq!(many.parse::<LoadModels>(), Err("at most 1024 models"));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = text.parse::<LoadModels>();
    }
}
