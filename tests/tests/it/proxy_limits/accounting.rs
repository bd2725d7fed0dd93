//! What forwarded requests add up to, by key and model.

use integration_tests::{Host, Listener, eventually, get, post, upstream::HttpUpstream};

use super::{begin, token_plugin};
use crate::metrics::samples;

const PROMPT: &str = "a very private prompt";
const COMPLETION: &str = "a very private completion";
const USAGE: &str = r#""usage":{"prompt_tokens":13,"completion_tokens":21}"#;

/// Waits until all of these samples have their values.
fn eventually_counted(host: &Host, expected: &[(&str, f64)]) {
    eventually(&format!("{expected:?}"), || {
        let samples = samples(host);
        let has = |(name, value): &(&str, f64)| {
            let sample = samples.get(&format!("host_demo_forwarded_{name}"));
            sample.is_some_and(|sample| (sample - value).abs() < f64::EPSILON)
        };
        expected.iter().all(has).then_some(())
    });
}

#[test]
fn requests_bytes_and_tokens_are_counted_by_key_and_model() {
    let upstream = HttpUpstream::start();
    let host = token_plugin().upstream(&upstream.url(), "triton").start();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    let infer = post("/v2/models/densenet/infer")
        .key(&key)
        .header("x-behaviour", "test")
        .body(PROMPT);
    begin(&mut connection, &infer);
    let mut exchange = upstream.next_exchange();
    assert_eq!(exchange.read_to_end().expect("a body"), PROMPT.as_bytes());
    let answer = format!("{{\"text\":\"{COMPLETION}\",{USAGE}}}");
    exchange.respond(200, &[("content-type", "application/json")]);
    exchange.send(answer.clone());
    exchange.finish();
    assert_eq!(connection.receive().text(), answer);
    // The echo is a success, 404 would not be.
    assert_eq!(host.inference(&get("/v2").key(&key)).status, 200);

    let bytes = |text: &str| f64::from(u32::try_from(text.len()).expect("a short text"));
    let labels = r#"principal="inference",model="densenet""#;
    let expected = [
        (format!("requests_total{{{labels}}}"), 1.0),
        (format!("request_bytes_total{{{labels}}}"), bytes(PROMPT)),
        (format!("response_bytes_total{{{labels}}}"), bytes(&answer)),
        (
            format!("tokens_total{{direction=\"input\",{labels}}}"),
            13.0,
        ),
        (
            format!("tokens_total{{direction=\"output\",{labels}}}"),
            21.0,
        ),
        (
            r#"requests_total{principal="inference",model=""}"#.to_owned(),
            1.0,
        ),
    ];
    let expected = expected
        .each_ref()
        .map(|(name, value)| (name.as_str(), *value));
    eventually_counted(&host, &expected);
}

#[test]
fn a_stream_that_its_client_leaves_is_counted_with_what_it_got() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .start();
    let mut connection = host.connect(Listener::Inference);
    let stream = get("/stream")
        .key(&host.keys().inference.key)
        .header("x-behaviour", "test");
    begin(&mut connection, &stream);
    let mut exchange = upstream.next_exchange();
    exchange.respond_with_events();
    exchange.send(format!("data: {{{USAGE}}}\n\n"));
    assert_eq!(connection.receive_head().status, 200);
    assert!(connection.receive_chunk().expect("an event").is_some());
    drop(connection);
    let _ = exchange.wait_until_cancelled();

    let labels = r#"principal="inference",model="""#;
    let input = format!("tokens_total{{direction=\"input\",{labels}}}");
    let requests = format!("requests_total{{{labels}}}");
    eventually_counted(&host, &[(&input, 13.0), (&requests, 1.0)]);
}

#[test]
fn no_prompt_and_no_completion_is_logged_or_counted() {
    let upstream = HttpUpstream::start();
    let host = token_plugin()
        .property("upstream_inference", &upstream.url())
        .argument("--access-log")
        .argument("--log-level")
        .argument("debug")
        .start();
    let mut connection = host.connect(Listener::Inference);
    let chat = post("/chat")
        .key(&host.keys().inference.key)
        .header("x-behaviour", "test")
        .body(PROMPT);
    begin(&mut connection, &chat);
    let mut exchange = upstream.next_exchange();
    assert_eq!(exchange.read_to_end().expect("a body"), PROMPT.as_bytes());
    exchange.respond(200, &[("content-type", "application/json")]);
    exchange.send(format!(
        "{{\"text\":\"{COMPLETION}\",\"usage\":{{\"{COMPLETION}\":1}}}}"
    ));
    // Breaks the answer off, which is logged.
    drop(exchange);
    let _ = connection.try_receive(false);

    let metrics = eventually("it is counted", || {
        let metrics = host.metrics(&get("/metrics"));
        let is_counted = metrics
            .text()
            .contains("host_demo_forwarded_requests_total{");
        is_counted.then_some(metrics)
    });
    for text in [host.log().text().as_str(), metrics.text()] {
        assert!(!text.contains("private"), "{text}");
    }
}
