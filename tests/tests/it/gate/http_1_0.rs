//! Clients of HTTP/1.0.

use integration_tests::{Host, Listener};

use super::head;

/// Sends bytes and reads all that comes back.
fn answered(host: &Host, bytes: &str) -> String {
    let mut connection = host.connect(Listener::Inference);
    connection.send(bytes.as_bytes());
    let (bytes, end) = connection.receive_to_end();
    end.expect("an orderly end");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn it_is_served_without_host_and_closed() {
    let host = Host::with_token_plugin();
    for lines in [&[][..], &["Host: gateway"], &["Connection: close"]] {
        let answer = answered(&host, &head(&host, "GET /ping HTTP/1.0", lines));
        assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("}\n"), "{answer}");
        assert!(!answer.contains("transfer-encoding"), "{answer}");
    }
}

#[test]
fn keep_alive_keeps_the_connection() {
    let host = Host::with_token_plugin();
    let first = head(&host, "GET /ping HTTP/1.0", &["Connection: keep-alive"]);
    let last = head(&host, "GET /ping HTTP/1.0", &[]);
    let answer = answered(&host, &format!("{first}{last}"));
    assert_eq!(answer.matches("HTTP/1.0 200 OK").count(), 2, "{answer}");
    assert_eq!(
        answer.matches("connection: keep-alive").count(),
        1,
        "{answer}"
    );
}

#[test]
fn it_gets_no_100_continue() {
    let host = Host::with_token_plugin();
    let lines = ["Expect: 100-continue", "Content-Length: 3"];
    let head = head(&host, "PUT /predictions/none HTTP/1.0", &lines);
    let answer = answered(&host, &format!("{head}abc"));
    assert!(answer.starts_with("HTTP/1.0 404"), "{answer}");
}

#[test]
fn two_hosts_and_chunked_are_refused() {
    let host = Host::with_token_plugin();
    for lines in [
        ["Host: gateway", "Host: gateway"],
        ["Transfer-Encoding: chunked", "x: y"],
    ] {
        let head = head(&host, "GET /ping HTTP/1.0", &lines);
        let answer = answered(&host, &format!("{head}0\r\n\r\n"));
        let status_line = answer.lines().next().unwrap_or_default();
        assert!(status_line.contains(" 400 "), "{lines:?}: {answer}");
    }
}
