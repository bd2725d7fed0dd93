//! Which request needs which key.

use integration_tests::{
    Host, HostBuilder, Listener, PluginFolder, get, options, post, start_at_free_address,
};

use crate::expect::{CALLERS, is_denied, opens_inference, who_may};

fn token_plugin() -> HostBuilder {
    Host::builder().plugins(PluginFolder::new().with("token-plugin"))
}

#[test]
fn token_on_the_management_listener_takes_the_api_key() {
    let host = Host::with_token_plugin();

    for path in ["/token", "/token?type=management", "/token/", "/token/x"] {
        assert_eq!(
            who_may(&host, Listener::Management, &get(path)),
            ["api"],
            "{path}"
        );
    }
}

/// Whether it exists or not.
#[test]
fn everything_else_on_the_management_listener_takes_the_management_key() {
    let host = Host::with_token_plugin();
    let requests = [
        get("/models"),
        get("/models/none"),
        post("/models?url=none.onnx"),
        get("/none"),
        get("/tokens"),
        get("/Token"),
        get("/token;x"),
        get("/token%3fx"),
        get("/%20token"),
        get("/models/token"),
        get("/ping"),
        options("/models"),
    ];

    for request in requests {
        let allowed = who_may(&host, Listener::Management, &request);
        assert_eq!(allowed, ["management"], "{request:?}");
    }
}

/// `/ping` included.
#[test]
fn everything_on_the_inference_listener_takes_the_inference_key() {
    let host = Host::with_token_plugin();
    let requests = [
        get("/ping"),
        post("/predictions/digits").body("x"),
        get("/none"),
        get("/token?type=management"),
        get("/models"),
        options("/predictions/digits"),
    ];

    for request in requests {
        let allowed = who_may(&host, Listener::Inference, &request);
        assert_eq!(allowed, ["inference"], "{request:?}");
    }
}

#[test]
fn token_exempt_paths_opens_exact_paths_only() {
    let host = token_plugin()
        .property("token_exempt_paths", "/ping,/none/at/all")
        .start();

    for path in ["/ping", "/ping?x=y", "/none/at/all", "/pin%67"] {
        assert_eq!(
            who_may(&host, Listener::Inference, &get(path)),
            CALLERS,
            "{path}"
        );
    }
    for path in ["/ping/", "/pings", "/none/at", "/predictions/x?y=/ping"] {
        let allowed = who_may(&host, Listener::Inference, &get(path));
        assert_eq!(allowed, ["inference"], "{path}");
    }
    for path in ["/ping", "/none/at/all"] {
        let allowed = who_may(&host, Listener::Management, &get(path));
        assert_eq!(allowed, ["management"], "{path}");
    }
}

#[test]
fn the_api_description_is_open_on_every_listener() {
    let host = Host::with_token_plugin();

    for listener in Listener::ALL {
        for request in [options("/"), get("/api-description")] {
            assert_eq!(who_may(&host, listener, &request), CALLERS, "{listener:?}");
            let response = host.send(listener, &request);
            assert_eq!(response.status, 200, "{response:?}");
            assert!(response.json()["openapi"].is_string(), "{response:?}");
        }
    }
}

#[test]
fn the_metrics_listener_is_open() {
    let host = Host::with_token_plugin();

    assert_eq!(who_may(&host, Listener::Metrics, &get("/metrics")), CALLERS);
    assert_eq!(host.metrics(&get("/metrics")).status, 200);
}

/// So that probes need no key.
#[test]
fn the_metrics_listener_serves_ping() {
    let host = Host::with_token_plugin();
    let response = host.metrics(&get("/ping"));

    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()["status"], "Healthy");
}

#[test]
fn models_tokenizer_with_the_management_key_reaches_the_model() {
    let host = token_plugin().models("tokenizer=digits.onnx").start();
    let request = get("/models/tokenizer");

    assert_eq!(
        who_may(&host, Listener::Management, &request),
        ["management"]
    );
    let response = host.management(&request.key(&host.keys().management.key));
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.json()[0]["modelName"], "tokenizer");
}

#[test]
fn token_in_the_query_does_not_allow_the_api_key() {
    let host = Host::with_token_plugin();

    for target in [
        "/models?x=/token",
        "/models?/token",
        "/models?type=management&x=/token",
    ] {
        let allowed = who_may(&host, Listener::Management, &get(target));
        assert_eq!(allowed, ["management"], "{target}");
    }
}

#[test]
fn token_in_a_header_does_not_allow_the_api_key() {
    let host = Host::with_token_plugin();

    for name in ["Referer", "X-Forwarded-Uri", "X-Original-Url", "User-Agent"] {
        let request = get("/models").header(name, "http://x/token");
        let allowed = who_may(&host, Listener::Management, &request);
        assert_eq!(allowed, ["management"], "{name}");
    }
}

/// With that key it is `/token`.
#[test]
fn an_escaped_token_path_takes_the_api_key() {
    let host = Host::with_token_plugin();
    let request = get("/%74oken?type=inference");
    let old = host.keys();

    let with_management_key = host.management(&request.clone().key(&old.management.key));
    assert!(is_denied(&with_management_key));
    assert_eq!(host.keys(), old);
    let with_api_key = host.management(&request.key(&old.api));
    assert_eq!(with_api_key.status, 200, "{with_api_key:?}");
    assert!(!opens_inference(&host, &old.inference.key));
}

#[test]
fn an_older_management_connection_does_not_take_the_inference_key() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let mut management = host.connect(Listener::Management);
    let first = management.exchange(&get("/models").key(&keys.management.key));
    assert!(!is_denied(&first));
    let mut inference = host.connect(Listener::Inference);
    let second = inference.exchange(&get("/ping").key(&keys.inference.key));
    assert!(!is_denied(&second));

    let request = get("/models");
    assert!(is_denied(
        &management.exchange(&request.clone().key(&keys.inference.key))
    ));
    assert!(!is_denied(
        &management.exchange(&request.key(&keys.management.key))
    ));
    let request = get("/ping");
    assert!(is_denied(
        &inference.exchange(&request.clone().key(&keys.management.key))
    ));
    assert!(!is_denied(
        &inference.exchange(&request.key(&keys.inference.key))
    ));
}

/// `/token` needs the API key, the management API the management key, the rest the inference key.
#[test]
fn on_one_address_the_path_selects_the_key() {
    let host = start_at_free_address(|address| {
        let address = format!("http://{address}");
        token_plugin()
            .property("inference_address", &address)
            .property("management_address", &address)
    });
    assert_eq!(
        host.address(Listener::Inference),
        host.address(Listener::Management)
    );

    for (path, key) in [
        ("/token?type=inference", "api"),
        ("/models", "management"),
        ("/models/none", "management"),
        ("/ping", "inference"),
        ("/predictions/none", "inference"),
        ("/none", "inference"),
    ] {
        assert_eq!(
            who_may(&host, Listener::Inference, &get(path)),
            [key],
            "{path}"
        );
    }
    let allowed = who_may(&host, Listener::Inference, &get("/api-description"));
    assert_eq!(allowed, CALLERS);
}

/// `//`, `/./`, `/../`, `%2f`, `%5c`, `%00`, invalid escapes.
#[test]
fn an_ambiguous_path_is_400_before_any_decision() {
    let host = Host::with_token_plugin();
    let keys = host.keys();
    let targets = [
        "//token?type=inference",
        "/models//x",
        "/models//",
        "/./models",
        "/models/.",
        "/../token",
        "/models/../token?type=inference",
        "/models/..",
        "/%2e%2e/token",
        "/models/%2E/x",
        "/models%2fx",
        "/%2Ftoken",
        "/models%5cx",
        "/models\\x",
        "/models%00",
        "/models/%0a",
        "/models%",
        "/models%2",
        "/models%zz",
        "/models/%ff",
    ];

    for target in targets {
        for listener in Listener::ALL {
            for key in ["", &keys.management.key, &keys.inference.key, &keys.api] {
                let response = host.send(listener, &get(target).key(key));
                assert_eq!(response.status, 400, "{target} {listener:?} {response:?}");
                assert!(!response.text().contains("InvalidKeyException"), "{target}");
            }
        }
    }
    assert_eq!(host.keys(), keys);
}

#[test]
fn a_target_in_absolute_form_takes_the_key_of_its_path() {
    let host = Host::with_token_plugin();
    let cases = [
        ("http://x/token?type=inference", "x", "api"),
        ("http://token/models", "token", "management"),
        ("http://x/models?/token", "x", "management"),
    ];

    for (target, name, key) in cases {
        let request = get(target).header("Host", name);
        let allowed = who_may(&host, Listener::Management, &request);
        assert_eq!(allowed, [key], "{target}");
    }
    let request = get("http://x//token").header("Host", "x");
    let ambiguous = host.management(&request.key(&host.keys().api));
    assert_eq!(ambiguous.status, 400, "{ambiguous:?}");
}

#[test]
fn a_target_without_a_path_is_rejected() {
    let host = Host::with_token_plugin();

    for (method, target) in [
        ("CONNECT", "x:443"),
        ("GET", "*"),
        ("GET", "token"),
        ("GET", "?x"),
    ] {
        for listener in Listener::ALL {
            let mut connection = host.connect(listener);
            let request = integration_tests::Request::new(method, target);
            let response = connection.exchange(&request);
            assert!(
                (400..500).contains(&response.status),
                "{method} {target} {response:?}"
            );
        }
    }
}

/// They arrive in one piece.
#[test]
fn pipelined_requests_are_decided_one_by_one() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    let mut bytes = get("/ping").key(&key).to_bytes();
    bytes.extend(get("/ping").to_bytes());
    bytes.extend(get("/ping").key("wrong").to_bytes());
    bytes.extend(get("/ping").key(&key).to_bytes());

    connection.send(&bytes);

    assert_eq!(connection.receive().status, 200);
    assert!(is_denied(&connection.receive()));
    assert!(is_denied(&connection.receive()));
    assert_eq!(connection.receive().status, 200);
}
