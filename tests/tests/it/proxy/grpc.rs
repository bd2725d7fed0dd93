//! gRPC: over HTTP/2 to the upstreams of gRPC, with the status codes of gRPC for what the host says itself.

use std::time::{Duration, Instant};

use integration_tests::{
    Host, HostBuilder, Listener, PluginFolder, Request,
    grpc::{self, GrpcResponse},
    http2::{Http2Connection, Http2Exchange},
    post,
    upstream::{Exchange, HttpUpstream, refusing_address},
};

mod connections;

const PREDICTIONS: &str = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions";
const LIST_MODELS: &str = "/org.pytorch.serve.grpc.management.ManagementAPIsService/ListModels";
/// A message of five bytes, as gRPC frames it.
const MESSAGE: &[u8] = b"\0\0\0\0\x05hello";

fn in_front_of(url: &str) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("upstream_grpc_inference", url)
        .property("grpc_inference_port", "0")
}

fn with_upstream() -> (Host, HttpUpstream) {
    let upstream = HttpUpstream::start();
    (in_front_of(&upstream.url()).start(), upstream)
}

fn call(host: &Host, listener: Listener, method: &str, key: Option<&str>) -> GrpcResponse {
    let authorization = key.map(|key| format!("Bearer {key}"));
    grpc::call(host.address(listener), method, authorization.as_deref())
}

/// The head of a call with the inference key, which the test answers.
fn predictions(host: &Host) -> Request {
    post(PREDICTIONS)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("x-behaviour", "test")
        .key(&host.keys().inference.key)
}

struct Call {
    client: Http2Exchange,
    server: Exchange,
    _connection: Http2Connection,
}

/// A call that has reached the upstream.
fn start(host: &Host, upstream: &HttpUpstream, request: &Request) -> Call {
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let client = connection.start(request);
    Call {
        client,
        server: upstream.next_exchange(),
        _connection: connection,
    }
}

fn respond(server: &mut Exchange) {
    server.respond(200, &[("content-type", "application/grpc")]);
}

fn status_of(client: &mut Http2Exchange) -> String {
    while client.read().expect("an orderly end").is_some() {}
    let trailers = client.trailers();
    let status = trailers.iter().find(|(name, _)| name == "grpc-status");
    status.expect("a status").1.clone()
}

#[test]
fn each_listener_takes_its_own_key() {
    let (inference, management) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of(&inference.url())
        .property("upstream_grpc_management", &management.url())
        .property("grpc_management_port", "0")
        .start();
    let keys = host.keys();
    let cases = [
        (
            Listener::Inference,
            &inference,
            PREDICTIONS,
            &keys.inference.key,
        ),
        (
            Listener::Management,
            &management,
            LIST_MODELS,
            &keys.management.key,
        ),
    ];

    for (listener, upstream, method, right_key) in cases {
        let before = upstream.requests().len();
        for key in keys.all() {
            let response = call(&host, listener, method, Some(key));
            assert_eq!(response.http_status, 200);
            assert_eq!(response.status == "7", key != right_key, "{response:?}");
        }
        assert_eq!(call(&host, listener, method, None).status, "7");
        assert_eq!(upstream.requests().len(), before + 1);
    }
}

/// Without a body, and in the only head.
#[test]
fn a_denial_has_trailers_only() {
    let (host, upstream) = with_upstream();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let mut denied =
        connection.start(&post(PREDICTIONS).header("content-type", "application/grpc"));

    let head = denied.head();

    assert_eq!(head.status, 200);
    assert_eq!(head.header("grpc-status"), Some("7"));
    assert!(
        head.header("content-type")
            .is_some_and(|one| one.starts_with("application/grpc"))
    );
    assert!(denied.read().expect("an orderly end").is_none());
    assert!(denied.trailers().is_empty());
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_call_is_forwarded_over_http_2_without_its_key() {
    let (host, upstream) = with_upstream();
    let request = predictions(&host)
        .header("grpc-encoding", "identity")
        .header("x-metadata-bin", "AAE=");
    let call = start(&host, &upstream, &request);

    let seen = call.server.request();
    assert_eq!(seen.version, "HTTP/2.0");
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, PREDICTIONS);
    assert_eq!(seen.authority, Some(upstream.authority()));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("te"), Some("trailers"));
    assert_eq!(seen.header("content-type"), Some("application/grpc"));
    assert_eq!(seen.header("grpc-encoding"), Some("identity"));
    assert_eq!(seen.header("x-metadata-bin"), Some("AAE="));
    assert_eq!(seen.header("host"), None);
    assert!(seen.header("x-token-principal").is_some());
}

#[test]
fn a_unary_call_gets_its_message_and_its_trailers() {
    let (host, upstream) = with_upstream();
    let mut call = start(&host, &upstream, &predictions(&host));
    call.client.send(MESSAGE);
    call.client.finish();

    assert_eq!(call.server.read_to_end().expect("the message"), MESSAGE);
    respond(&mut call.server);
    call.server.send(MESSAGE);
    let trailers = [("grpc-status", "5"), ("grpc-message", "no such model")];
    call.server.finish_with_trailers(&trailers);

    let response = call.client.response();
    assert_eq!(response.status, 200);
    assert_eq!(response.body, MESSAGE);
    let expected = trailers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(call.client.trailers(), expected);
}

#[test]
fn a_trailers_only_response_is_passed_on() {
    let (host, upstream) = with_upstream();
    let mut call = start(&host, &upstream, &predictions(&host));
    call.client.finish();
    call.server.respond(
        200,
        &[("content-type", "application/grpc"), ("grpc-status", "8")],
    );
    call.server.finish();

    let head = call.client.head();
    assert_eq!(head.header("grpc-status"), Some("8"));
    assert!(call.client.read().expect("an orderly end").is_none());
}

#[test]
fn messages_stream_in_both_directions() {
    let (host, upstream) = with_upstream();
    let mut call = start(&host, &upstream, &predictions(&host));
    respond(&mut call.server);
    assert_eq!(call.client.head().status, 200);
    for _ in 0..10 {
        call.client.send(MESSAGE);
        assert_eq!(call.server.read().expect("open").expect("open"), MESSAGE);
        call.server.send(MESSAGE);
        assert_eq!(&*call.client.read().expect("open").expect("open"), MESSAGE);
    }
    call.client.finish();
    assert_eq!(call.server.read().expect("the end"), None);
    call.server.finish_with_trailers(&[("grpc-status", "0")]);

    assert_eq!(status_of(&mut call.client), "0");
}

/// DEADLINE_EXCEEDED, before the response as well as in its middle.
#[test]
fn a_call_ends_at_its_own_time_limit() {
    let (host, upstream) = with_upstream();
    let request = predictions(&host).header("grpc-timeout", "300m");
    for is_responding in [false, true] {
        let begin = Instant::now();
        let mut call = start(&host, &upstream, &request);
        assert_eq!(call.server.request().header("grpc-timeout"), Some("300m"));
        if is_responding {
            respond(&mut call.server);
            assert_eq!(call.client.head().header("grpc-status"), None);
            assert_eq!(status_of(&mut call.client), "4");
        } else {
            assert_eq!(call.client.head().header("grpc-status"), Some("4"));
        }
        assert!(begin.elapsed() >= Duration::from_millis(300));
        assert!(call.server.wait_until_cancelled() < Duration::from_secs(1));
    }
}

/// UNAVAILABLE.
#[test]
fn an_upstream_that_is_away_is_14() {
    let host = in_front_of(&format!("http://{}", refusing_address())).start();

    let key = host.keys().inference.key;
    let response = call(&host, Listener::Inference, PREDICTIONS, Some(&key));

    assert_eq!(response.http_status, 200);
    assert_eq!(response.status, "14", "{response:?}");
}

/// DEADLINE_EXCEEDED.
#[test]
fn an_upstream_that_does_not_respond_is_4() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();
    let mut call = start(&host, &upstream, &predictions(&host));
    call.client.finish();

    assert_eq!(call.client.head().header("grpc-status"), Some("4"));
}

/// UNAVAILABLE, in trailers: they can still be sent.
#[test]
fn an_upstream_that_breaks_off_is_14() {
    let (host, upstream) = with_upstream();
    let mut call = start(&host, &upstream, &predictions(&host));
    respond(&mut call.server);
    call.server.send(MESSAGE);
    assert_eq!(call.client.head().status, 200);
    assert_eq!(&*call.client.read().expect("open").expect("open"), MESSAGE);

    drop(call.server);

    assert_eq!(status_of(&mut call.client), "14");
}

#[test]
fn a_client_that_goes_away_cancels_the_call() {
    let (host, upstream) = with_upstream();
    for is_responding in [false, true] {
        let Call {
            client,
            mut server,
            _connection,
        } = start(&host, &upstream, &predictions(&host));
        if is_responding {
            respond(&mut server);
        }

        drop(client);

        assert!(server.wait_until_cancelled() < Duration::from_secs(1));
    }
}

#[test]
fn with_standard_a_denied_call_is_16_or_7() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("token_auth_status", "standard")
        .start();
    let status = |key: Option<&str>| call(&host, Listener::Inference, PREDICTIONS, key).status;

    assert_eq!(status(None), "16");
    assert_eq!(status(Some(&"A".repeat(43))), "16");
    assert_eq!(status(Some(&host.keys().management.key)), "7");
    assert_eq!(upstream.connections(), 0);
}
