//! HEAD is served wherever GET is, but for `/token`.

use integration_tests::{Host, Listener, PluginFolder, Request, Response, http2::Http2Connection};

fn host() -> Host {
    Host::builder()
        .plugins(
            PluginFolder::new()
                .with("token-plugin")
                .with("fixture-echo"),
        )
        .models("digits=digits.onnx")
        .start()
}

/// Every path of the host that GET has, and a plugin's, with the key of the listener.
fn paths(host: &Host) -> Vec<(Listener, &'static str, String)> {
    let keys = host.keys();
    let mut paths = Vec::new();
    for path in ["/ping", "/api-description", "/echo"] {
        paths.push((Listener::Inference, path, keys.inference.key.clone()));
    }
    for path in [
        "/models",
        "/plugins",
        "/echo-management",
        "/api-description",
    ] {
        paths.push((Listener::Management, path, keys.management.key.clone()));
    }
    for path in ["/ping", "/ready", "/metrics", "/echo-metrics"] {
        paths.push((Listener::Metrics, path, String::new()));
    }
    paths
}

/// The headers that do not change between two requests.
fn fields(response: &Response) -> Vec<&(String, String)> {
    let headers = response.headers.iter();
    headers.filter(|(name, _)| name != "date").collect()
}

#[test]
fn the_response_is_that_of_get_without_its_body() {
    let host = host();
    for (listener, path, key) in paths(&host) {
        let ask = |method: &str| host.send(listener, &Request::new(method, path).key(&key));
        let (get, head) = (ask("GET"), ask("HEAD"));
        assert_eq!(get.status, 200, "{path}");
        assert_eq!(head.status, 200, "{path}");
        assert!(head.body.is_empty(), "{path}");
        // Metrics count the first request.
        if path != "/metrics" {
            assert_eq!(fields(&head), fields(&get), "{path}");
        }
    }
}

#[test]
fn the_connection_is_still_in_step_after_it() {
    let host = host();
    for (listener, path, key) in paths(&host) {
        let mut connection = host.connect(listener);
        for method in ["HEAD", "GET", "HEAD", "GET"] {
            let response = connection.exchange(&Request::new(method, path).key(&key));
            assert_eq!(response.status, 200, "{method} {path}");
        }
    }
}

#[test]
fn over_http_2_no_body_is_sent_either() {
    let host = host();
    for (listener, path, key) in paths(&host) {
        let connection = Http2Connection::open(host.address(listener));
        let response = connection.exchange(&Request::new("HEAD", path).key(&key));
        assert_eq!(response.status, 200, "{path}");
        assert!(response.body.is_empty(), "{path}");
        let length = response.header("content-length").expect("a length");
        assert_ne!(length, "0", "{path}");
    }
}

#[test]
fn an_error_has_no_body_either() {
    let host = host();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    for (path, status) in [("/ping", 400), ("/a//b", 400)] {
        let response = connection.exchange(&Request::new("HEAD", path));
        assert_eq!(response.status, status, "{path}");
        assert!(response.body.is_empty(), "{path}");
        assert_eq!(host.inference(&Request::new("HEAD", path)).status, status);
    }
}

#[test]
fn where_there_is_no_get_it_is_405() {
    let host = host();
    let keys = host.keys();
    let ask = |listener, path, key: &str| {
        let response = host.send(listener, &Request::new("HEAD", path).key(key));
        assert_eq!(response.status, 405, "{path}");
        response.header("allow").map(str::to_owned)
    };
    let predict = ask(
        Listener::Inference,
        "/predictions/digits",
        &keys.inference.key,
    );
    assert_eq!(predict.as_deref(), Some("POST, PUT"));
    let reload = ask(
        Listener::Management,
        "/plugins/reload",
        &keys.management.key,
    );
    assert_eq!(reload.as_deref(), Some("POST"));
    let token = ask(Listener::Management, "/token?type=inference", &keys.api);
    assert_eq!(token.as_deref(), Some("GET, POST"));
    assert_eq!(host.keys(), keys);
}

#[test]
fn it_needs_the_key_of_get() {
    let host = host();
    let api = host.keys().api;
    for (listener, path, _) in paths(&host) {
        if listener == Listener::Metrics || path == "/api-description" {
            continue;
        }
        let response = host.send(listener, &Request::new("HEAD", path).key(&api));
        assert_eq!(response.status, 400, "{path}");
    }
}

#[test]
fn the_description_lists_it() {
    let host = host();
    let description = host.management(&Request::new("GET", "/api-description"));
    let paths = &description.json()["paths"];
    assert!(paths["/models"]["head"].is_object());
    assert!(paths["/echo-management"]["head"].is_object());
    assert!(paths["/token"]["get"].is_object());
    assert!(paths["/token"]["head"].is_null());
    assert!(paths["/plugins/reload"]["head"].is_null());
}
