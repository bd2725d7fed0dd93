use std::borrow::Cow;

use super::KeyForm;

const KEY: &str = "Zk3v-9QeXr2T_uLw8YbNcJ5mHdAoS1gPiF7xV0tKzRE";

fn redact(path: &str) -> String {
    KeyForm::new(32).redact(path).into_owned()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn a_key_is_redacted_wherever_it_stands() {
    for (path, expected) in [
        (format!("/{KEY}"), "/[redacted]"),
        (format!("/models/{KEY}/1"), "/models/[redacted]/1"),
        (format!("/ping;token={KEY}"), "/ping;token=[redacted]"),
        (format!("/Bearer%20{KEY}"), "/Bearer%20[redacted]"),
        (format!("/{KEY}/{KEY}"), "/[redacted]/[redacted]"),
        (format!("/a%2F{KEY}%2Fb"), "/a%2F[redacted]%2Fb"),
    ] {
        assert_eq!(redact(&path), expected);
    }
}

#[test]
fn escaped_characters_do_not_hide_a_key() {
    assert_eq!(redact(&format!("/{}", escaped(KEY))), "/[redacted]");
    let twice = escaped(KEY).replace('%', "%25");
    assert_eq!(redact(&format!("/{twice}/x")), "/[redacted]/x");
    let thrice = twice.replace('%', "%25");
    assert_eq!(redact(&format!("/{thrice}")), "/[redacted]");
    let all_of_it = escaped(&escaped(KEY));
    assert_eq!(redact(&format!("/{all_of_it}")), "/[redacted]");
    let partly = format!("/{}{}?", escaped(&KEY[..7]), &KEY[7..]);
    assert_eq!(redact(&partly), "/[redacted]?");
}

#[test]
fn ordinary_paths_stay_as_they_are() {
    for path in [
        "",
        "/",
        "/predictions/digits/1.0",
        "/v1/chat/completions",
        "/v1/responses/resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "/v2/models/Llama-3.2-11B-Vision-Instruct/versions/1/infer",
        "/models/meta-llama-3-8b-instruct-awq-int4-quantized",
        "/jobs/6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "/%e2%82%ac/%zz/%4",
    ] {
        assert!(
            matches!(KeyForm::new(32).redact(path), Cow::Borrowed(same) if same == path),
            "{path}"
        );
    }
}

#[test]
fn text_that_is_shorter_is_no_key() {
    let path = format!("/{}", &KEY[5..]);
    assert_eq!(redact(&path), path);
}

#[test]
fn other_text_beside_a_key_does_not_hide_it() {
    for path in [
        format!("/{KEY}a"),
        format!("/key{KEY}"),
        format!("/predictions-{KEY}_digits"),
        format!("/{KEY}{KEY}"),
        format!("/%{KEY}"),
        // As if the beginning of the key were that of an escaped character.
        format!("/%25AB{}", &KEY[2..]),
    ] {
        let redacted = redact(&path);
        assert!(redacted.contains("[redacted]"), "{redacted}");
        assert!(!redacted.contains(&KEY[4..]), "{redacted}");
    }
}

/// Longer than a key, with capital and small letters and digits.
#[test]
fn long_names_stay_as_they_are() {
    for name in [
        "DeepSeek-R1-Distill-Qwen-32B-Instruct-AWQ-GPTQ-Int4",
        "Meta-Llama-3_1-405B-Instruct-FP8-dynamic-quantized-for-vLLM",
        "paraphrase-multilingual-MiniLM-L12-v2-onnx-Optimized-For-Search",
    ] {
        assert_eq!(
            redact(&format!("/models/{name}")),
            format!("/models/{name}")
        );
    }
}

/// The key of a plugin of one's own may have the default length.
#[test]
fn keys_of_the_configured_length_are_redacted_besides_those_of_the_default() {
    let of_48_bytes = format!("{KEY}abcdefghijklmnopqrstu");
    let form = KeyForm::new(48);

    for key in [&of_48_bytes, KEY] {
        assert_eq!(form.redact(&format!("/{key}")), "/[redacted]");
    }
    assert_eq!(KeyForm::new(6).redact("/aB3-_xYz"), "/[redacted]");
}

/// The token plugin refuses it, later.
#[test]
fn a_length_that_no_key_has_is_no_panic() {
    assert_eq!(KeyForm::new(usize::MAX).redact("/ping"), "/ping");
}
