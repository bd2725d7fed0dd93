//! One upstream for all, and a profile that says what each of its paths does.

use integration_tests::{
    Client, Host, HostBuilder, Listener, PluginFolder, Request, delete, get, post,
    start_at_free_address, upstream::HttpUpstream,
};

use crate::expect::{CALLERS, assert_denied, who_may};

mod call_kinds;

const LISTENERS: [Listener; 2] = [Listener::Inference, Listener::Management];

fn in_front_of(upstream: &HttpUpstream, profile: &str) -> HostBuilder {
    Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .upstream(&upstream.url(), profile)
}

fn with_profile(profile: &str) -> (Host, HttpUpstream) {
    let upstream = HttpUpstream::start();
    (in_front_of(&upstream, profile).start(), upstream)
}

/// Who may, on either listener, and that what is allowed is forwarded once.
#[track_caller]
fn assert_forwarded(host: &Host, upstream: &HttpUpstream, request: &Request, callers: &[&str]) {
    for listener in LISTENERS {
        let before = upstream.requests().len();
        assert_eq!(
            who_may(host, listener, request),
            callers,
            "{listener:?} {request:?}"
        );
        let forwarded = upstream.requests().len() - before;
        assert_eq!(forwarded, callers.len(), "{listener:?} {request:?}");
    }
}

#[test]
fn the_class_of_a_path_says_which_key_opens_it_on_either_listener() {
    let (host, upstream) = with_profile("vllm");
    let inference = [
        get("/v1/models"),
        post("/v1/chat/completions").body("{}"),
        post("/tokenize"),
        get("/docs"),
        get("/openapi.json"),
    ];
    let management = [
        post("/sleep"),
        post("/reset_prefix_cache"),
        get("/metrics"),
        get("/load"),
    ];

    for request in inference {
        assert_forwarded(&host, &upstream, &request, &["inference"]);
    }
    for request in management {
        assert_forwarded(&host, &upstream, &request, &["management"]);
    }
    for request in [get("/health"), get("/ping"), post("/ping")] {
        assert_forwarded(&host, &upstream, &request, &CALLERS);
    }
}

#[test]
fn over_http_2_the_same_keys_are_needed() {
    let (host, upstream) = with_profile("vllm");
    let keys = host.keys();
    let cases = [
        (post("/v1/completions"), vec![&keys.inference.key]),
        (post("/sleep"), vec![&keys.management.key]),
        (get("/health"), keys_of(&keys)),
    ];
    for (request, right_keys) in cases {
        for key in keys_of(&keys) {
            let request = request.clone().key(key);
            let response = Client::Http2.exchange(&host, Listener::Inference, &request);
            let is_right = right_keys.contains(&key);
            assert_eq!(
                response.status,
                if is_right { 200 } else { 400 },
                "{request:?}"
            );
        }
    }
    assert_eq!(upstream.requests().len(), 5);
}

fn keys_of(keys: &integration_tests::Keys) -> Vec<&String> {
    vec![&keys.management.key, &keys.inference.key, &keys.api]
}

#[test]
fn health_paths_need_the_inference_key_where_they_are_guarded() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream, "vllm")
        .property("upstream_health_paths", "guarded")
        .start();

    assert_forwarded(&host, &upstream, &get("/health"), &["inference"]);
}

/// TGI's `POST /` is inference, its `GET /` health.
/// A server that does not read it would take it for another request, which no key was asked for.
#[test]
fn a_request_without_a_key_has_no_body() {
    let (host, upstream) = with_profile("vllm");

    for client in Client::ALL {
        for request in [get("/health"), post("/ping")] {
            let empty = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(empty.status, 200, "{client:?} {empty:?}");
            let before = upstream.requests().len();
            let request = request.body("POST /collective_rpc HTTP/1.1\r\n\r\n");
            let refused = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(refused.status, 400, "{client:?} {refused:?}");
            assert_eq!(upstream.requests().len(), before);
        }
    }
}

/// Over HTTP/2 it need not be announced.
#[test]
fn a_later_body_of_a_request_without_a_key_is_not_forwarded() {
    let (host, upstream) = with_profile("vllm");
    let address = host.address(Listener::Inference);

    let mut upload = Client::Http2.start_upload(address, &post("/ping"));
    let answer = upload.response();

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["body"], "");
    assert_eq!(upstream.requests()[0].header("transfer-encoding"), None);
}

#[test]
fn the_method_is_part_of_the_rule() {
    let (host, upstream) = with_profile("tgi");

    assert_forwarded(&host, &upstream, &post("/"), &["inference"]);
    assert_forwarded(&host, &upstream, &get("/"), &CALLERS);
    assert_not_forwarded(&host, &upstream, &delete("/"));
}

/// 404 to each key, denied without one.
#[track_caller]
fn assert_not_forwarded(host: &Host, upstream: &HttpUpstream, request: &Request) {
    let before = upstream.requests().len();
    let keys = host.keys();
    for listener in LISTENERS {
        for key in [&keys.inference.key, &keys.management.key] {
            let response = host.send(listener, &request.clone().key(key));
            assert_eq!(response.status, 404, "{request:?} {response:?}");
            assert_eq!(response.json()["type"], "ResourceNotFoundException");
        }
        assert_denied(&host.send(listener, request));
        assert_denied(&host.send(listener, &request.clone().key(&keys.api)));
    }
    assert_eq!(upstream.requests().len(), before, "{request:?}");
}

#[test]
fn what_no_rule_names_is_404_with_a_key_and_denied_without() {
    let (host, upstream) = with_profile("vllm");
    let requests = [
        get("/none"),
        get("/v1/chat/completions"),
        delete("/v1/models"),
        get("/V1/models"),
        get("/v1/models/"),
        get("/v1/models;x"),
        get("/v1/models:x"),
        get("/v1/%6dodels"),
        get("/v1"),
        get("/"),
        post("/v1/chat/completions/x"),
        Request::new("FOO", "/v1/models"),
    ];

    for request in requests {
        assert_not_forwarded(&host, &upstream, &request);
    }
}

/// To whoever has the management key it says how to allow it; to others it is not there.
#[test]
fn a_blocked_path_is_403_with_the_management_key_and_404_with_the_inference_key() {
    let (host, upstream) = with_profile("vllm");
    let keys = host.keys();
    for path in [
        "/collective_rpc",
        "/update_weights",
        "/v1/load_lora_adapter",
    ] {
        for listener in LISTENERS {
            let send = |key: &str| host.send(listener, &post(path).key(key));
            let blocked = send(&keys.management.key);
            assert_eq!(blocked.status, 403, "{blocked:?}");
            assert!(blocked.text().contains("upstream_allow"), "{blocked:?}");
            assert_eq!(send(&keys.inference.key).status, 404);
            assert_denied(&send(&keys.api));
            assert_denied(&host.send(listener, &post(path)));
        }
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_blocked_path_is_forwarded_with_the_management_key_once_it_is_allowed() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream, "vllm")
        .property("upstream_allow", "POST /collective_rpc")
        .start();

    assert_forwarded(&host, &upstream, &post("/collective_rpc"), &["management"]);
    let other = post("/update_weights").key(&host.keys().management.key);
    assert_eq!(host.inference(&other).status, 403);
}

/// What may be upgraded is a rule of its own.
#[test]
fn a_path_is_forwarded_byte_for_byte() {
    let (host, upstream) = with_profile("triton");
    let key = host.keys().inference.key;
    for target in [
        "/v2/models/a%20b/infer?x=%2F",
        "/v2/models/A-b_c.d~e/versions/1/infer",
        "/v2/models/%E2%82%AC/infer",
    ] {
        for client in Client::ALL {
            let request = post(target).key(&key);
            let response = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(response.json()["target"], target, "{response:?}");
        }
    }
    // One segment is one segment.
    for target in [
        "/v2/models/a%2Fb/infer",
        "/v2/models/a;b/infer",
        "/v2/models/a:b/infer",
        "/v2/models/%61/infer",
        "/v2/models//infer",
    ] {
        let before = upstream.requests().len();
        let status = host.inference(&post(target).key(&key)).status;
        assert!(matches!(status, 400 | 404), "{target} {status}");
        assert_eq!(upstream.requests().len(), before, "{target}");
    }
}

/// Triton turns a prediction into any other endpoint because of it.
#[test]
fn headers_that_turn_one_endpoint_into_another_are_removed() {
    let (host, _upstream) = with_profile("triton");
    let request = post("/v2/models/m/infer")
        .header("X-Vertex-Ai-Triton-Redirect", "v2/repository/index")
        .header("Triton-Grpc-Protocol-Infer", "x")
        .header("Inference-Header-Content-Length", "5")
        .key(&host.keys().inference.key);

    for client in Client::ALL {
        let response = client.exchange(&host, Listener::Inference, &request);
        let headers = response.json()["headers"].to_string();
        assert!(!headers.contains("redirect"), "{headers}");
        assert!(!headers.contains("triton-grpc-protocol"), "{headers}");
        assert!(
            headers.contains("inference-header-content-length"),
            "{headers}"
        );
    }
}

#[test]
fn token_and_plugins_are_answered_here() {
    let (host, upstream) = with_profile("vllm");
    let who = |path| who_may(&host, Listener::Management, &get(path));
    assert_eq!(who("/token"), ["api"]);
    assert_eq!(who("/plugins"), ["management"]);
    assert_eq!(
        who_may(&host, Listener::Inference, &get("/api-description")),
        CALLERS
    );
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn one_address_is_enough() {
    let upstream = HttpUpstream::start();
    let host = start_at_free_address(|address| {
        let address = format!("http://{address}");
        in_front_of(&upstream, "vllm")
            .property("inference_address", &address)
            .property("management_address", &address)
            .property("metrics_address", &address)
    });
    let who = |request: &Request| who_may(&host, Listener::Inference, request);

    assert_eq!(who(&get("/token")), ["api"]);
    assert_eq!(who(&post("/v1/completions")), ["inference"]);
    assert_eq!(who(&post("/sleep")), ["management"]);
    assert_eq!(who(&get("/health")), CALLERS);
    assert_eq!(who(&get("/plugins")), ["management"]);
    assert_eq!(upstream.requests().len(), 2 + CALLERS.len());
}

#[test]
fn errors_have_the_form_of_the_upstream_beside_torchserves() {
    let (host, upstream) = with_profile("vllm");
    drop(upstream);
    let responses = [
        (
            404,
            host.inference(&get("/none").key(&host.keys().inference.key)),
        ),
        (400, host.inference(&get("/v1/models"))),
        (
            502,
            host.inference(&get("/v1/models").key(&host.keys().inference.key)),
        ),
    ];
    for (status, response) in responses {
        assert_eq!(response.status, status, "{response:?}");
        let body = response.json();
        assert_eq!(body["code"], status, "{body}");
        assert!(body["message"].is_string(), "{body}");
        assert_eq!(body["error"]["message"], body["message"], "{body}");
    }
}

#[test]
fn an_unknown_profile_aborts_startup_and_so_does_none() {
    let upstream = HttpUpstream::start();
    let refusal = in_front_of(&upstream, "unknown").refused();
    assert!(refusal.line().contains("vllm"), "{refusal}");

    let refusal = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .property("upstream", &upstream.url())
        .refused();
    assert!(refusal.line().contains("upstream_profile"), "{refusal}");
}
