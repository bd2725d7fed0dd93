//! Error responses of the server itself, and input that is not valid HTTP.

use std::io::ErrorKind;

use integration_tests::{Host, Listener, PluginFolder, Request, delete, get, post, put};

use crate::expect::{assert_denied, assert_error};

const NOT_FOUND: &str = "Requested resource is not found, please refer to API document.";
const NOT_ALLOWED: &str = "Requested method is not allowed, please refer to API document.";
const DEFAULT_REQUEST_BYTES_MAX: usize = 6_553_500;

fn open() -> Host {
    Host::builder().models("digits=digits.onnx").start()
}

#[test]
fn an_unknown_path_is_404_resource_not_found() {
    let host = open();

    for listener in Listener::ALL {
        for target in ["/none", "/none/at/all", "/predictions", "/x?/ping"] {
            let response = host.send(listener, &get(target));
            assert_error(&response, 404, "ResourceNotFoundException", NOT_FOUND);
        }
    }
    let elsewhere = host.metrics(&get("/models"));
    assert_error(&elsewhere, 404, "ResourceNotFoundException", NOT_FOUND);
    let elsewhere = host.inference(&get("/models"));
    assert_error(&elsewhere, 404, "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn an_unknown_model_is_404_model_not_found() {
    let host = open();
    let responses = [
        host.inference(&post("/predictions/nobody").body("x")),
        host.inference(&get("/predictions/nobody")),
        host.inference(&delete("/predictions/nobody/1.0")),
        host.management(&post("/models/nobody")),
        host.management(&get("/models/nobody")),
        host.management(&put("/models/nobody?min_worker=1")),
        host.management(&delete("/models/nobody")),
    ];

    for response in responses {
        assert_error(
            &response,
            404,
            "ModelNotFoundException",
            "Model not found: nobody",
        );
    }
}

#[test]
fn another_method_is_405_method_not_allowed() {
    let host = open();
    let requests = [
        (Listener::Inference, delete("/ping")),
        (Listener::Inference, delete("/predictions/digits")),
        (Listener::Management, Request::new("PATCH", "/models")),
        (Listener::Management, post("/models/digits")),
        (Listener::Metrics, post("/metrics")),
        (Listener::Metrics, post("/ping")),
    ];

    for (listener, request) in requests {
        let response = host.send(listener, &request);
        assert_eq!(
            response.status, 405,
            "{listener:?} {request:?} {response:?}"
        );
        assert_error(&response, 405, "MethodNotAllowedException", NOT_ALLOWED);
        assert!(response.header("allow").is_some(), "{request:?}");
    }
}

/// `/` exists for OPTIONS only, as in TorchServe.
#[test]
fn another_method_of_the_root_is_405() {
    let host = open();

    for listener in Listener::ALL {
        for request in [get("/"), post("/"), delete("/")] {
            let response = host.send(listener, &request);
            assert_eq!(
                response.status, 405,
                "{listener:?} {request:?} {response:?}"
            );
            assert_eq!(response.header("allow"), Some("OPTIONS"));
        }
    }
}

/// The limit is 6553500 bytes; a body of exactly that size is accepted.
#[test]
fn a_body_over_the_default_limit_is_413() {
    let host = open();
    let over = post("/predictions/digits").body(vec![b'x'; DEFAULT_REQUEST_BYTES_MAX + 1]);
    let up_to = post("/predictions/digits").body(vec![b'x'; DEFAULT_REQUEST_BYTES_MAX]);

    // A body that announces too much is rejected at once, so that it need not be sent.
    let mut connection = host.connect(Listener::Inference);
    let _ = connection.try_send(&over.to_bytes());
    assert_eq!(connection.receive().status, 413);
    assert_eq!(host.inference(&up_to).status, 400);
}

/// With a length, chunked, and in a multipart field.
#[test]
fn max_request_size_bounds_every_kind_of_body() {
    let host = Host::builder()
        .models("digits=digits.onnx")
        .property("max_request_size", "1000")
        .start();
    let target = "/predictions/digits";
    let announced = host.inference(&post(target).body(vec![b'x'; 1_001]));
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{}\r\n--b--\r\n",
        "x".repeat(1_000)
    );
    let multipart = host.inference(
        &post(target)
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(form),
    );
    let mut connection = host.connect(Listener::Inference);
    connection.send(
        b"POST /predictions/digits HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    let _ = connection.try_send(format!("3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1_001)).as_bytes());
    let chunked = connection.receive();

    for response in [announced, multipart, chunked] {
        assert_eq!(response.status, 413, "{response:?}");
        assert_eq!(response.json()["code"], 413);
        assert!(response.json()["message"].is_string());
    }
    assert_eq!(
        host.inference(&post(target).body(vec![b'x'; 1_000])).status,
        400
    );
}

#[test]
fn max_request_size_bounds_plugin_endpoints() {
    let host = Host::builder()
        .plugins(PluginFolder::new().with("fixture-echo"))
        .property("max_request_size", "1000")
        .start();

    let up_to = host.inference(&post("/echo").body(vec![b'x'; 1_000]));
    assert_eq!(up_to.json()["body_bytes"], 1_000);
    let over = host.inference(&post("/echo").body(vec![b'x'; 1_001]));
    assert_eq!(over.status, 413, "{over:?}");
}

/// Before 404, 405 and 413.
#[test]
fn authorization_is_decided_first() {
    let plugins = PluginFolder::new().with("token-plugin");
    let host = Host::builder()
        .plugins(plugins)
        .models("digits=digits.onnx")
        .property("max_request_size", "1000")
        .start();
    let requests = [
        (Listener::Inference, get("/none")),
        (Listener::Inference, delete("/ping")),
        (Listener::Inference, post("/predictions/nobody").body("x")),
        (
            Listener::Inference,
            post("/predictions/digits").body(vec![b'x'; 1_001]),
        ),
        (Listener::Management, get("/none")),
        (Listener::Management, delete("/models")),
        (Listener::Management, get("/models/nobody")),
        (Listener::Management, delete("/token?type=management")),
    ];

    for (listener, request) in requests {
        assert_denied(&host.send(listener, &request));
    }
}

/// Only that connection ends.
#[test]
fn invalid_http_is_400_and_the_server_goes_on() {
    let host = Host::with_token_plugin();
    let nonsense: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /ping HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ];

    for bytes in nonsense {
        let mut connection = host.connect(Listener::Inference);
        connection.send(bytes);
        let response = connection.receive();
        assert_eq!(response.status, 400, "{response:?}");
    }
    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
}

/// A proxy in front might read its length differently.
#[test]
fn a_request_with_two_lengths_is_not_smuggled() {
    let host = Host::with_token_plugin();
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    let bytes = format!(
        "POST /predictions/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
         Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
         GET /models HTTP/1.1\r\nHost: x\r\n\r\n"
    );

    connection.send(bytes.as_bytes());

    let first = connection.receive();
    assert!((400..500).contains(&first.status), "{first:?}");
    match connection.try_receive(false) {
        Ok(second) => assert_denied(&second),
        Err(_) => assert!(first.closes() || connection.ends()),
    }
}

/// The connection is closed after a bounded number of bytes.
#[test]
fn endless_headers_are_refused() {
    const SENT_BYTES_MAX: usize = 256 << 10;
    let host = Host::with_token_plugin();
    let mut connection = host.connect(Listener::Inference);
    let line = format!("X-Filler: {}\r\n", "x".repeat(1_000));

    connection.send(b"GET /ping HTTP/1.1\r\nHost: x\r\n");
    for _ in 0..SENT_BYTES_MAX / line.len() {
        // The host may close the connection while the client is sending; the response below shows
        // that it did not read everything.
        if connection.try_send(line.as_bytes()).is_err() {
            break;
        }
    }

    // Nothing more is sent, and the headers do not end: a host that responds has rejected them.
    match connection.try_receive(false) {
        Ok(refused) => assert_eq!(refused.status, 431, "{refused:?}"),
        // The connection may be reset before the response is read, because of the unread bytes.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    assert!(connection.ends());
    let request = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&request).status, 200);
}
