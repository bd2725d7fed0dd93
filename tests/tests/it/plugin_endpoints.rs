//! Endpoints of plugins.

use integration_tests::{
    Host, HostBuilder, Listener, PluginFolder, delete, eventually, get, post, put,
    start_at_free_address,
};

use crate::expect::{CALLERS, assert_denied, assert_error, who_may};

mod context;

fn echo() -> HostBuilder {
    Host::builder().plugins(
        PluginFolder::new()
            .with("token-plugin")
            .with("fixture-echo"),
    )
}

fn inference_key(host: &Host) -> String {
    host.keys().inference.key
}

#[test]
fn routing_uses_the_exact_first_segment_of_the_decoded_path() {
    let host = echo().start();
    let key = inference_key(&host);

    for (target, path) in [
        ("/echo", "/echo"),
        ("/echo/", "/echo/"),
        ("/echo/and/more", "/echo/and/more"),
        ("/ech%6f?a=b", "/echo"),
    ] {
        let response = host.inference(&get(target).key(&key));
        assert_eq!(response.status, 200, "{target} {response:?}");
        assert_eq!(response.json()["path"], path);
    }
    for target in ["/echoes", "/ech", "/Echo", "/x/echo", "/?/echo"] {
        let response = host.inference(&get(target).key(&key));
        assert!(
            matches!(response.status, 404 | 405),
            "{target} {response:?}"
        );
    }
}

#[test]
fn an_inference_endpoint_is_behind_the_inference_key() {
    let host = echo().start();

    assert_eq!(
        who_may(&host, Listener::Inference, &get("/echo")),
        ["inference"]
    );
    let elsewhere = get("/echo").key(&host.keys().management.key);
    assert_eq!(host.management(&elsewhere).status, 404);
}

#[test]
fn a_management_endpoint_is_behind_the_management_key() {
    let host = echo().start();
    let request = get("/echo-management");

    assert_eq!(
        who_may(&host, Listener::Management, &request),
        ["management"]
    );
    let response = host.management(&request.clone().key(&host.keys().management.key));
    assert_eq!(response.json()["endpoint_type"], "MANAGEMENT");
    assert_eq!(
        host.inference(&request.key(&inference_key(&host))).status,
        404
    );
}

#[test]
fn a_metric_endpoint_is_open_on_the_metrics_listener() {
    let host = echo().start();
    let request = get("/echo-metrics");

    assert_eq!(who_may(&host, Listener::Metrics, &request), CALLERS);
    assert_eq!(host.metrics(&request).json()["endpoint_type"], "METRIC");
    assert_eq!(
        host.inference(&request.key(&inference_key(&host))).status,
        404
    );
}

#[test]
fn an_endpoint_of_type_none_is_refused_with_a_reason() {
    let refusal = Host::builder()
        .plugins(PluginFolder::new().with("fixture-none"))
        .refused();
    let line = refusal.line();

    assert!(line.contains("fixture_none"), "{line}");
    assert!(line.contains("NONE"), "{line}");
}

#[test]
fn a_metric_endpoint_keeps_its_path_on_an_address_that_it_shares() {
    let host = start_at_free_address(|address| {
        let plugins = PluginFolder::new()
            .with("token-plugin")
            .with("fixture-shadow");
        let address = format!("http://{address}");
        Host::builder()
            .plugins(plugins)
            .property("management_address", &address)
            .property("metrics_address", &address)
    });
    assert_denied(&host.management(&get("/ping")));
    let ping = get("/ping").key(&host.keys().management.key);
    assert_eq!(host.management(&ping).text(), "shadow metric ping\n");
}

#[test]
fn a_plugin_that_shadows_a_built_in_path_is_called_and_warned_of() {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-shadow");
    let host = Host::builder().plugins(plugins).start();
    let key = inference_key(&host);

    assert_eq!(
        host.inference(&get("/ping").key(&key)).text(),
        "shadow ping\n"
    );
    let prediction = post("/predictions/digits").key(&key).body("x");
    assert_eq!(host.inference(&prediction).text(), "shadow predictions\n");
    let warnings = host.log().lines_of_level("WARN");
    for pattern in ["ping", "predictions"] {
        assert!(
            warnings.iter().any(|line| line.contains(pattern)),
            "{warnings:#?}"
        );
    }
    assert_eq!(
        who_may(&host, Listener::Inference, &get("/ping")),
        ["inference"]
    );
}

#[test]
fn a_method_that_is_not_declared_is_405_with_allow() {
    let host = echo().start();
    let response = host.inference(&delete("/echo").key(&inference_key(&host)));

    assert_error(
        &response,
        405,
        "MethodNotAllowedException",
        "Requested method is not allowed, please refer to API document.",
    );
    assert_eq!(response.header("allow"), Some("GET, HEAD, POST, PUT"));
}

#[test]
fn a_method_that_is_not_implemented_is_405_with_allow() {
    let host = echo().start();
    let response = host.inference(&delete("/responses").key(&inference_key(&host)));

    assert_eq!(response.status, 405, "{response:?}");
    assert_eq!(response.json()["type"], "MethodNotAllowedException");
    assert!(
        response
            .header("allow")
            .is_some_and(|allow| allow.contains("GET, HEAD, POST"))
    );
}

/// Each method has its own function.
#[test]
fn the_plugin_sees_the_request() {
    let host = echo().start();
    let key = inference_key(&host);
    let target = "/echo/%C3%A9?b=1&a=x%20y&b=2";

    for (method, request) in [
        ("GET", get(target)),
        ("POST", post(target).body("12345")),
        ("PUT", put(target).body("12345")),
    ] {
        let request = request
            .key(&key)
            .header("Accept", "a/b")
            .header("accept", "c/d");
        let mut connection = host.connect(Listener::Inference);
        let seen = connection.exchange(&request).json();

        assert_eq!(
            (&seen["called"], &seen["method"]),
            (&method.into(), &method.into())
        );
        assert_eq!(seen["path"], "/echo/é");
        assert_eq!(seen["query"], "b=1&a=x%20y&b=2");
        let parameters = serde_json::json!([["b", "1"], ["a", "x y"], ["b", "2"]]);
        assert_eq!(seen["parameters"], parameters);
        assert_eq!(seen["accept"], serde_json::json!(["a/b", "c/d"]));
        let peer = seen["peer"].as_str().expect("the peer's address");
        assert!(peer.starts_with("127.0.0.1:"), "{peer}");
        assert_eq!(seen["body_bytes"], if method == "GET" { 0 } else { 5 });
    }
}

#[test]
fn the_response_of_the_plugin_is_sent() {
    let host = echo().start();
    let key = inference_key(&host);
    let target = "/responses?status=299&header=X-One:1&header=X-One:2&body=hello";
    let response = host.inference(&get(target).key(&key));

    assert_eq!(response.status, 299);
    assert_eq!(response.header_values("x-one"), ["1", "2"]);
    assert_eq!(response.text(), "hello");
    let large = host.inference(&get("/responses?body_bytes=3000000").key(&key));
    assert_eq!(large.body.len(), 3_000_000);
}

/// No header can split the response in two.
#[test]
fn a_response_that_http_does_not_allow_is_500() {
    let host = echo().start();
    let key = inference_key(&host);

    for query in [
        "status=100",
        "status=199",
        "status=600",
        "status=0",
        "status=65535",
        "header=X%20Y:1",
        "header=:1",
        "header=X:a%0d%0aY:b",
        "header=X:%00",
    ] {
        let response = host.inference(&get(&format!("/responses?{query}")).key(&key));
        assert_eq!(response.status, 500, "{query} {response:?}");
        assert_eq!(response.header("y"), None);
        assert_eq!(response.json()["code"], 500);
    }
    assert_eq!(host.inference(&get("/ping").key(&key)).status, 200);
}

/// A plugin cannot set headers that the server sets itself.
#[test]
fn content_length_and_connection_are_set_by_the_host_only() {
    let host = echo().start();
    let target = "/responses?header=Content-Length:3&header=Connection:close\
                  &header=Transfer-Encoding:chunked&body=hello";
    let mut connection = host.connect(Listener::Inference);
    let request = get(target).key(&inference_key(&host));

    let response = connection.exchange(&request);
    if response.status == 200 {
        assert_eq!(response.text(), "hello");
    } else {
        assert_eq!(response.status, 500, "{response:?}");
    }
    let next = get("/responses?body=next").key(&inference_key(&host));
    assert_eq!(connection.exchange(&next).text(), "next");
}

#[test]
fn an_error_of_the_plugin_is_500_with_its_message() {
    let host = echo().start();
    let target = "/responses?error=the%20sensor%20is%20off";
    let response = host.inference(&get(target).key(&inference_key(&host)));

    assert_eq!(response.status, 500);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let body = response.json();
    assert_eq!(body["code"], 500);
    assert!(body["type"].is_string());
    assert_eq!(body["message"], "the sensor is off");
}

/// The log names the plugin.
#[test]
fn a_panic_of_the_plugin_is_500_and_the_server_goes_on() {
    let host = crate::plugins::panics_in("get").start();
    let key = crate::plugins::INFERENCE_KEY;

    for _ in 0..3 {
        let response = host.inference(&get("/panics").key(key));
        assert_eq!(response.status, 500, "{response:?}");
        assert_eq!(response.json()["code"], 500);
    }
    assert_eq!(host.inference(&post("/panics").key(key)).status, 200);
    let lines = host.log().wait_for_lines_with("fixture panics in get", 3);
    assert!(
        lines.iter().all(|line| line.contains("fixture-panics")),
        "{lines:#?}"
    );
}

/// Other requests are served while it runs and cannot end.
#[test]
fn a_slow_endpoint_does_not_block_others() {
    const SLOW: usize = 8;
    let host = echo().start();
    let key = inference_key(&host);
    let mut slow: Vec<_> = (0..SLOW)
        .map(|_| host.connect(Listener::Inference))
        .collect();
    for connection in &mut slow {
        connection.send(&get("/responses?gate=wait&body=slow").key(&key).to_bytes());
    }
    let waiting = || {
        let counted = host.inference(&get("/responses?gate=count").key(&key));
        counted.text().to_owned()
    };
    eventually("all have begun", || {
        (waiting() == SLOW.to_string()).then_some(())
    });

    // More than one for each serving thread.
    for _ in 0..SLOW {
        assert_eq!(host.inference(&get("/ping").key(&key)).status, 200);
    }

    assert_eq!(waiting(), SLOW.to_string());
    let opened = host.inference(&get("/responses?gate=open").key(&key));
    assert_eq!(opened.status, 200, "{opened:?}");
    for connection in &mut slow {
        assert_eq!(connection.receive().text(), "slow");
    }
}

#[test]
fn the_description_is_in_the_api_description() {
    let host = echo().start();

    let has = |listener, path: &str, description: &str| {
        let document = host.send(listener, &get("/api-description")).json();
        assert!(
            document["openapi"]
                .as_str()
                .is_some_and(|version| version.starts_with("3."))
        );
        let operations = document["paths"][path].to_string();
        operations.contains(description)
    };
    assert!(has(
        Listener::Inference,
        "/responses",
        "Responds as the query demands."
    ));
    assert!(has(
        Listener::Management,
        "/echo-management",
        "Responds with what it received."
    ));
    assert!(has(
        Listener::Management,
        "/token",
        "Replaces the management key"
    ));
    assert!(has(
        Listener::Metrics,
        "/echo-metrics",
        "Responds with what it received."
    ));
}
