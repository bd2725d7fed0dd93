//! Which key opens what is forwarded, and that nothing else reaches the upstream.

use integration_tests::{
    Client, Host, HostBuilder, Listener, PluginFolder, Request, get, options, post,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{behaving, in_front_of, inference, with_upstream};
use crate::expect::{assert_denied, is_denied, rotate, who_may};

fn in_front_of_both(inference: &HttpUpstream, management: &HttpUpstream) -> HostBuilder {
    in_front_of(&inference.url()).property("upstream_management", &management.url())
}

/// Also what the host answers itself without an upstream.
#[test]
fn everything_on_the_inference_listener_is_forwarded_with_the_inference_key_alone() {
    let (host, upstream) = with_upstream();
    let requests = [
        get("/ping"),
        post("/predictions/digits").body("x"),
        get("/none"),
        get("/models"),
        post("/v1/chat/completions").body("{}"),
        Request::new("PATCH", "/a?b"),
        options("/predictions/digits"),
    ];

    for (index, request) in requests.into_iter().enumerate() {
        let allowed = who_may(&host, Listener::Inference, &request);
        assert_eq!(allowed, ["inference"], "{request:?}");
        assert_eq!(upstream.requests().len(), index + 1, "{request:?}");
    }
}

#[test]
fn everything_on_the_management_listener_is_forwarded_with_the_management_key_alone() {
    let (upstream, of_inference) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of_both(&of_inference, &upstream).start();
    let requests = [
        get("/models"),
        post("/models?url=none.onnx"),
        get("/ping"),
        get("/tokens"),
        get("/models/token"),
        get("/none"),
    ];

    for (index, request) in requests.into_iter().enumerate() {
        let allowed = who_may(&host, Listener::Management, &request);
        assert_eq!(allowed, ["management"], "{request:?}");
        assert_eq!(upstream.requests().len(), index + 1, "{request:?}");
    }
    assert_eq!(of_inference.connections(), 0);
}

#[test]
fn over_http_2_the_same_keys_are_needed() {
    let (of_inference, of_management) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of_both(&of_inference, &of_management).start();
    let keys = host.keys();
    let of_the_listeners = [
        (Listener::Inference, &of_inference, &keys.inference.key),
        (Listener::Management, &of_management, &keys.management.key),
    ];

    for (listener, upstream, right_key) in of_the_listeners {
        let before = upstream.requests().len();
        for key in keys.all() {
            let response = Client::Http2.exchange(&host, listener, &get("/models").key(key));
            assert_eq!(is_denied(&response), key != right_key, "{response:?}");
        }
        assert_denied(&Client::Http2.exchange(&host, listener, &get("/models")));
        assert_eq!(upstream.requests().len(), before + 1);
    }
}

/// Not even a connection is opened for it.
#[test]
fn a_denied_request_does_not_reach_the_upstream() {
    let upstream = RawUpstream::start(|connection| connection.read_to_end());
    let host = in_front_of(&upstream.url()).start();
    let keys = host.keys();
    let requests = [
        post("/x").body("body"),
        post("/x").key(&keys.management.key).body("body"),
        post("/x").key(&keys.api).body("body"),
        post("/x?token=KEY"),
        get("/x").header("Authorization", format!("Basic {}", keys.inference.key)),
        get("/x").header("Authorization", keys.inference.key.as_str()),
        get("/x").key(&keys.inference.key).key(&keys.inference.key),
    ];

    for request in requests {
        for client in Client::ALL {
            assert_denied(&client.exchange(&host, Listener::Inference, &request));
        }
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn token_is_answered_here_on_the_management_listener() {
    let (upstream, of_inference) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of_both(&of_inference, &upstream).start();

    for path in ["/token", "/token?type=management", "/token/", "/token/x"] {
        let allowed = who_may(&host, Listener::Management, &get(path));
        assert_eq!(allowed, ["api"], "{path}");
    }
    let keys = host.keys();
    rotate(&host, "management");

    assert_ne!(host.keys().management, keys.management);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn plugins_and_descriptions_are_answered_here() {
    let upstream = HttpUpstream::start();
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo");
    let management = HttpUpstream::start();
    let host = in_front_of_both(&upstream, &management)
        .plugins(plugins)
        .start();
    let keys = host.keys();

    let plugins = host.management(&get("/plugins").key(&keys.management.key));
    assert!(plugins.text().contains("echo"), "{plugins:?}");
    for listener in Listener::ALL {
        let description = host.send(listener, &get("/api-description"));
        assert!(description.json()["openapi"].is_string(), "{description:?}");
    }
    let response = host.inference(&get("/echo").key(&keys.inference.key));
    assert_eq!(response.status, 200, "{response:?}");
    for path in ["/ready", "/metrics", "/ping"] {
        assert_eq!(host.metrics(&get(path)).status, 200, "{path}");
    }
    assert_eq!(upstream.connections() + management.connections(), 0);
}

/// Before any decision: the upstream could read the path in another way.
#[test]
fn an_ambiguous_path_is_400_and_not_forwarded() {
    let (host, upstream) = with_upstream();
    let targets = [
        "//x",
        "/a//b",
        "/a/./b",
        "/a/../b",
        "/a/%2e%2e/b",
        "/a/.%2E/b",
        "/a%2fb",
        "/a%5Cb",
        "/a\\b",
        "/a%00",
        "/a%0d%0ab",
        "/a%",
        "/a%zz",
        "/%ff",
    ];

    for target in targets {
        let response = host.inference(&inference(&host, get(target)));
        assert_eq!(response.status, 400, "{target} {response:?}");
        assert!(!is_denied(&response), "{target}");
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_replaced_key_opens_nothing_more() {
    let (host, upstream) = with_upstream();
    let request = inference(&host, get("/x"));
    assert_eq!(host.inference(&request).status, 200);

    rotate(&host, "inference");

    assert_denied(&host.inference(&request));
    assert_eq!(host.inference(&inference(&host, get("/x"))).status, 200);
    assert_eq!(upstream.requests().len(), 2);
}

#[test]
fn an_expired_key_opens_nothing_more() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("token_expiration_min", "0.02")
        .start();
    host.keys().inference.wait_until_expired();

    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        assert_denied(&client.exchange(&host, Listener::Inference, &request));
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_replaced_key_does_not_end_its_stream() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, get("/events"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);

        rotate(&host, "inference");

        exchange.send("data: 1\n\n");
        assert_eq!(stream.read_at_least(9).expect("the event"), b"data: 1\n\n");
        exchange.finish();
        assert!(stream.rest().1.is_ok());
    }
}

#[test]
fn the_scheme_of_the_header_has_no_case_and_spaces_are_allowed() {
    let (host, _upstream) = with_upstream();
    let key = host.keys().inference.key;

    for value in [format!("bearer {key}"), format!("Bearer  {key}")] {
        let response = host.inference(&get("/x").header("Authorization", value.as_str()));
        assert_eq!(response.status, 200, "{value}");
    }
}

#[test]
fn with_standard_a_denied_request_is_401_or_403() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("token_auth_status", "standard")
        .start();
    let status = |request| host.inference(&request).status;

    assert_eq!(status(get("/x")), 401);
    assert_eq!(status(get("/x").key(&"A".repeat(43))), 401);
    assert_eq!(status(get("/x").key(&host.keys().management.key)), 403);
    assert_eq!(upstream.connections(), 0);
}

/// It is asked for, so it is not open by accident.
#[test]
fn an_upstream_without_a_token_plugin_aborts_startup() {
    let url = "http://127.0.0.1:9";
    let refusal = Host::builder().upstream_inference(url).refused();
    assert!(refusal.line().contains("disable-token-auth"), "{refusal}");

    let upstream = HttpUpstream::start();
    let open = Host::builder()
        .upstream_inference(&upstream.url())
        .argument("--disable-token-auth")
        .start();
    assert_eq!(open.inference(&get("/x")).status, 200);
}
