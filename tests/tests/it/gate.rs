//! Heads of requests that can be read in more than one way are refused before any decision.

use integration_tests::{Connection, Host, Listener, Response};
use serde_json::Value;

mod client_address;
mod http_1_0;
mod http_2;
mod proxy_protocol;

/// A head with the right key, and these lines before the empty one.
fn head(host: &Host, request_line: &str, lines: &[&str]) -> String {
    let key = &host.keys().inference.key;
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{request_line}\r\nAuthorization: Bearer {key}\r\n{lines}\r\n")
}

/// Sends bytes on a connection of their own.
fn sent(host: &Host, bytes: impl AsRef<[u8]>) -> (Connection, Response) {
    let mut connection = host.connect(Listener::Inference);
    connection.send(bytes.as_ref());
    let response = connection.receive();
    (connection, response)
}

/// The response is an error in TorchServe's form, and the connection is closed after it.
#[track_caller]
fn assert_refused(host: &Host, bytes: &str, status: u16, message: &str) {
    let (mut connection, response) = sent(host, bytes);
    assert_eq!(response.status, status, "{bytes}\n{response:?}");
    assert_eq!(response.json()["code"], status, "{bytes}");
    assert_eq!(response.json()["message"], message, "{bytes}");
    assert!(response.closes(), "{bytes}");
    assert!(connection.ends(), "{bytes}");
}

/// hyper answers by itself, and closes the connection.
#[track_caller]
fn assert_refused_by_hyper(host: &Host, bytes: &str) {
    let (mut connection, response) = sent(host, bytes);
    assert_eq!(response.status, 400, "{bytes}");
    assert!(response.closes(), "{bytes}");
    assert!(connection.ends(), "{bytes}");
}

/// The response is that of `/ping`, and the connection serves another request.
#[track_caller]
fn assert_served(host: &Host, bytes: &str) {
    let (mut connection, response) = sent(host, bytes);
    assert_eq!(response.status, 200, "{bytes}\n{response:?}");
    assert_eq!(response.json()["status"], Value::from("Healthy"));
    connection.send(head(host, "GET /ping HTTP/1.1", &["Host: gateway"]).as_bytes());
    assert_eq!(connection.receive().status, 200, "{bytes}");
}

#[test]
fn http_1_1_names_its_host_once() {
    let host = Host::with_token_plugin();
    let malformed = "The host is not a name or an IP address with or without a port.";
    for (lines, message) in [
        (&[][..], "The request names no host."),
        (
            &["Host: gateway", "Host: gateway"],
            "The request has more than one Host header.",
        ),
        (&["Host:"], malformed),
        (&["Host: gateway, other"], malformed),
        (&["Host: user@gateway"], malformed),
        (&["Host: gateway/path"], malformed),
        (&["Host: gateway:port"], malformed),
        (&["Host: [::1"], malformed),
        (&["Host: t\u{fc}r"], malformed),
    ] {
        let head = head(&host, "GET /ping HTTP/1.1", lines);
        assert_refused(&host, &head, 400, message);
    }
    for line in [
        "Host: gateway",
        "host: GATEWAY:8080",
        "Host: 127.0.0.1",
        "Host: [::1]:8080",
    ] {
        assert_served(&host, &head(&host, "GET /ping HTTP/1.1", &[line]));
    }
}

#[test]
fn an_absolute_target_agrees_with_host() {
    let host = Host::with_token_plugin();
    for target in [
        "http://gateway/ping",
        "HTTP://GATEWAY:80/ping",
        "https://gateway/ping",
    ] {
        let line = format!("GET {target} HTTP/1.1");
        assert_served(&host, &head(&host, &line, &["Host: gateway"]));
    }
    let differ = "Host and the authority of the request differ.";
    let malformed = "The host is not a name or an IP address with or without a port.";
    for (target, lines, message) in [
        ("http://other/ping", &["Host: gateway"][..], differ),
        ("http://gateway:81/ping", &["Host: gateway"], differ),
        ("http://user@gateway/ping", &["Host: gateway"], malformed),
        ("http://gateway/ping", &[], "The request names no host."),
        (
            "ftp://gateway/ping",
            &["Host: gateway"],
            "The scheme is neither http nor https.",
        ),
    ] {
        let head = head(&host, &format!("GET {target} HTTP/1.1"), lines);
        assert_refused(&host, &head, 400, message);
    }
}

#[test]
fn a_target_that_is_no_path_is_refused() {
    let host = Host::with_token_plugin();
    let head = |line: &str| head(&host, line, &["Host: gateway"]);
    let connect = head("CONNECT gateway:80 HTTP/1.1");
    assert_refused(&host, &connect, 400, "CONNECT is not served.");
    for line in [
        "OPTIONS * HTTP/1.1",
        "GET * HTTP/1.1",
        "GET gateway HTTP/1.1",
    ] {
        let (_, response) = sent(&host, head(line));
        assert_eq!(response.status, 400, "{line}");
        assert_eq!(
            response.json()["message"],
            "The path does not start with /."
        );
    }
}

#[test]
fn only_one_chunked_is_a_transfer_encoding() {
    let host = Host::with_token_plugin();
    let served = |lines: &[&str]| {
        let head = head(&host, "GET /ping HTTP/1.1", lines);
        assert_served(&host, &format!("{head}3\r\nabc\r\n0\r\n\r\n"));
    };
    served(&["Host: gateway", "Transfer-Encoding: chunked"]);
    served(&["Host: gateway", "transfer-encoding:\tCHUNKED "]);
    for lines in [
        &["Transfer-Encoding: gzip, chunked"][..],
        &["Transfer-Encoding: chunked, chunked"],
        &["Transfer-Encoding: ,chunked"],
        &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
    ] {
        let mut all = vec!["Host: gateway"];
        all.extend(lines);
        let head = head(&host, "GET /ping HTTP/1.1", &all);
        let message = "Transfer-Encoding is not exactly one chunked.";
        assert_refused(&host, &format!("{head}0\r\n\r\n"), 400, message);
    }
    for line in [
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding:",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\n folded",
    ] {
        let head = head(&host, "GET /ping HTTP/1.1", &["Host: gateway", line]);
        assert_refused_by_hyper(&host, &format!("{head}0\r\n\r\n"));
    }
}

/// hyper takes the length away before the host sees it; RFC 9112 section 6.1 asks for the rest.
#[test]
fn after_a_request_with_both_lengths_the_connection_is_closed() {
    let host = Host::with_token_plugin();
    for lines in [
        [
            "Host: gateway",
            "Transfer-Encoding: chunked",
            "Content-Length: 4",
        ],
        [
            "Host: gateway",
            "Content-Length: 4",
            "Transfer-Encoding: chunked",
        ],
    ] {
        let first = head(&host, "GET /ping HTTP/1.1", &lines);
        let second = head(&host, "GET /ping HTTP/1.1", &["Host: gateway"]);
        let (mut connection, response) = sent(&host, format!("{first}0\r\n\r\n{second}"));
        assert_eq!(response.status, 200, "{lines:?}");
        assert!(response.closes(), "{lines:?}");
        // The second request is not answered.
        assert!(connection.ends(), "{lines:?}");
    }
}

#[test]
fn one_length_is_one_number() {
    let host = Host::with_token_plugin();
    let length = |lines: &[&str]| {
        let mut all = vec!["Host: gateway"];
        all.extend(lines);
        format!("{}abc", head(&host, "GET /ping HTTP/1.1", &all))
    };
    assert_served(&host, &length(&["Content-Length: 3"]));
    assert_served(&host, &length(&["Content-Length: 3", "Content-Length: 3"]));
    for lines in [
        &["Content-Length: 3", "Content-Length: 4"][..],
        &["Content-Length: 3, 3"],
        &["Content-Length: +3"],
        &["Content-Length: -3"],
        &["Content-Length: 0x3"],
        &["Content-Length: 3 3"],
        &["Content-Length:"],
        &["Content-Length: 99999999999999999999"],
    ] {
        assert_refused_by_hyper(&host, &length(lines));
    }
}

#[test]
fn connection_names_no_header_that_the_decision_relies_on() {
    let host = Host::with_token_plugin();
    let message = "Connection names a header that does not belong to the connection.";
    for line in [
        "Connection: authorization",
        "Connection: close, Authorization",
        "Connection: Host",
        "Connection: content-length",
        "Connection: x-api-key",
        "Connection: X-Token-Principal",
        "Connection: forwarded",
        "Connection: x-forwarded-for",
    ] {
        let head = head(&host, "GET /ping HTTP/1.1", &["Host: gateway", line]);
        assert_refused(&host, &head, 400, message);
    }
    let twice = [
        "Host: gateway",
        "Connection: keep-alive",
        "Connection: authorization",
    ];
    assert_refused(
        &host,
        &head(&host, "GET /ping HTTP/1.1", &twice),
        400,
        message,
    );
    let harmless = [
        "Host: gateway",
        "Connection: keep-alive, TE, x-hop",
        "TE: trailers",
        "x-hop: 1",
    ];
    assert_served(&host, &head(&host, "GET /ping HTTP/1.1", &harmless));
}

#[test]
fn an_unknown_expectation_is_417() {
    let host = Host::with_token_plugin();
    for line in ["Expect: 200-ok", "Expect: 100-continue, x", "Expect:"] {
        let lines = ["Host: gateway", line, "Content-Length: 3"];
        let head = head(&host, "GET /ping HTTP/1.1", &lines);
        assert_refused(&host, &head, 417, "Expect is not 100-continue.");
    }
    let known = ["Host: gateway", "Expect: 100-Continue"];
    assert_served(&host, &head(&host, "GET /ping HTTP/1.1", &known));
}

/// The head is checked first: the same response with and without a key.
#[test]
fn the_gate_stands_before_the_key_check() {
    let host = Host::with_token_plugin();
    let (_, response) = sent(&host, "GET /ping HTTP/1.1\r\n\r\n");
    assert_eq!(response.json()["message"], "The request names no host.");
}

#[test]
fn malformed_lines_are_refused() {
    let host = Host::with_token_plugin();
    for head in [
        "GET /ping HTTP/1.1\r\nHost : gateway\r\n\r\n",
        "GET /ping HTTP/1.1\r\n Host: gateway\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: gateway\r\n folded: x\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: gateway\r\nx\0: y\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: gateway\r\nx: a\rb\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost: gateway\r\nno colon\r\n\r\n",
        "GET /pi ng HTTP/1.1\r\nHost: gateway\r\n\r\n",
        "GET  /ping HTTP/1.1\r\nHost: gateway\r\n\r\n",
        "GET /ping\r\nHost: gateway\r\n\r\n",
        "GET /ping HTTP/1.2\r\nHost: gateway\r\n\r\n",
        "G@T\0 /ping HTTP/1.1\r\nHost: gateway\r\n\r\n",
    ] {
        assert_refused_by_hyper(&host, head);
    }
}
