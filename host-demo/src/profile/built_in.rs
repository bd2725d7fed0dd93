//! The data files that are compiled in.

macro_rules! text {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../profiles/", $name, ".toml")),
        )
    };
}

/// Names and texts, in the order of the names.
pub(super) const TEXTS: [(&str, &str); 11] = [
    text!("kserve-v2"),
    text!("litserve"),
    text!("llamacpp"),
    text!("mlserver"),
    text!("ollama"),
    text!("sglang"),
    text!("tei"),
    text!("tgi"),
    text!("torchserve"),
    text!("triton"),
    text!("vllm"),
];
