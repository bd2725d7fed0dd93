use http::HeaderValue;
use proptest::{collection::vec, prelude::*};

use super::*;

fn usage_of(pieces: &[&[u8]]) -> TokenUsage {
    let mut tail = UsageTail::default();
    for piece in pieces {
        tail.add(piece);
    }
    tail.usage()
}

fn tokens(input: u64, output: u64) -> TokenUsage {
    TokenUsage {
        input: Some(input),
        output: Some(output),
    }
}

fn headers(media_type: &'static str, encoding: Option<&'static str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers
}

#[test]
fn each_server_tells_tokens_in_its_own_form() {
    let bodies: [(&str, &str); 6] = [
        (
            "OpenAI",
            r#"{"id":"1","choices":[{"text":"x"}],"usage":{"prompt_tokens":7,"total_tokens":18,"completion_tokens":11,"prompt_tokens_details":{"cached_tokens":3}}}"#,
        ),
        (
            "OpenAI's stream",
            "data: {\"choices\":[{}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":11}}\n\ndata: [DONE]\n\n",
        ),
        (
            "Anthropic",
            r#"{"content":[],"usage" : { "input_tokens" : 7, "output_tokens" : 11 } }"#,
        ),
        (
            "Anthropic's stream",
            "event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}}\n\nevent: message_delta\ndata: {\"delta\":{},\"usage\":{\"output_tokens\":11}}\n\nevent: message_stop\ndata: {}\n\n",
        ),
        (
            "Ollama",
            "{\"done\":false}\n{\"done\":true,\"prompt_eval_count\":7,\"prompt_eval_duration\":1,\"eval_count\":11,\"eval_duration\":2}\n",
        ),
        (
            "OpenAI's responses",
            "event: response.completed\ndata: {\"response\":{\"output\":[],\"usage\":{\"input_tokens\":7,\"output_tokens\":11,\"output_tokens_details\":{}},\"user\":null}}\n\n",
        ),
    ];
    for (server, body) in bodies {
        assert_eq!(usage_of(&[body.as_bytes()]), tokens(7, 11), "{server}");
    }
}

#[test]
fn what_a_model_writes_is_no_usage() {
    for body in [
        r#"{"text":"\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}"}"#,
        r#"{"text":"\"eval_count\":5,"}"#,
        r#"{"usage":"none"}"#,
        r#"{"usage":{"prompt_tokens":-1}}"#,
        r#"{"usage":{"prompt_tokens":99999999999}}"#,
        r#"{"text":"usage","prompt_tokens":1}"#,
        "",
    ] {
        assert_eq!(
            usage_of(&[body.as_bytes()]),
            TokenUsage::default(),
            "{body}"
        );
    }
}

#[test]
fn of_a_long_body_the_end_counts() {
    let filler = vec![b'x'; 3 * TAIL_BYTES];
    let end = br#","usage":{"prompt_tokens":7,"completion_tokens":11}}"#;
    assert_eq!(usage_of(&[&filler, end]), tokens(7, 11));
    let before = usage_of(&[end, &filler]);
    assert_eq!(before, TokenUsage::default());
    let mut tail = UsageTail::default();
    for _ in 0..100_000 {
        tail.add(b"data: {\"usage\":{\"prompt_tokens\":1}}\n\n");
    }
    assert!(tail.bytes.capacity() <= 4 * TAIL_BYTES);
}

#[test]
fn only_text_that_is_not_compressed_is_looked_at() {
    for (media_type, encoding, is_looked_at) in [
        ("application/json", None, true),
        ("Application/JSON; charset=utf-8", Some("identity"), true),
        ("text/event-stream", None, true),
        ("application/x-ndjson", None, true),
        ("application/json", Some("gzip"), false),
        ("application/octet-stream", None, false),
        ("application/grpc", None, false),
    ] {
        let tail = UsageTail::of(&headers(media_type, encoding));
        assert_eq!(tail.is_some(), is_looked_at, "{media_type} {encoding:?}");
    }
    assert!(UsageTail::of(&HeaderMap::new()).is_none());
}

/// Bytes of which many look like usage.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        Just(b"\"usage\":".to_vec()),
        Just(b"{\"prompt_tokens\":1,".to_vec()),
        Just(b"\"eval_count\": 12".to_vec()),
        Just(b"\\".to_vec()),
        Just(b"[{[{".to_vec()),
        vec(any::<u8>(), 0..300),
    ];
    vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_read_alike(bytes in fragments(), piece in 1_usize..5000) {
        let pieces: Vec<_> = bytes.chunks(piece).collect();
        prop_assert_eq!(usage_of(&pieces), usage_of(&[&bytes]));
    }

    #[test]
    fn the_usage_at_the_end_is_found_after_any_bytes(
        bytes in fragments(),
        input in 0..=TOKENS_MAX,
        output in 0..=TOKENS_MAX,
    ) {
        let end = format!(",\"usage\":{{\"prompt_tokens\":{input},\"completion_tokens\":{output}}}}}");
        prop_assert_eq!(usage_of(&[&bytes, end.as_bytes()]), tokens(input, output));
    }
}
