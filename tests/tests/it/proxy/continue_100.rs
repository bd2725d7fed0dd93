//! `Expect: 100-continue` is decided by authorization, answered here, and not forwarded.

use integration_tests::{Listener, upstream::RawUpstream};

use super::{in_front_of, with_upstream};
use crate::expect::assert_denied;

fn head(key: &str, expectation: &str) -> String {
    format!(
        "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nExpect: {expectation}\r\n\
         Content-Length: 5\r\n\r\n"
    )
}

#[test]
fn a_denied_request_gets_no_100_and_does_not_reach_the_upstream() {
    let (host, upstream) = with_upstream();
    let mut connection = host.connect(Listener::Inference);

    connection.send(head(&host.keys().management.key, "100-continue").as_bytes());

    let denied = connection.receive();
    assert_denied(&denied);
    assert!(denied.closes());
    assert_eq!(upstream.connections(), 0);
}

/// The upstream sends no 100, and does not have to.
#[test]
fn an_allowed_request_gets_100_from_the_host() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.read_exact(5)?;
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url()).start();
    let mut connection = host.connect(Listener::Inference);

    connection.send(head(&host.keys().inference.key, "100-continue").as_bytes());

    assert_eq!(connection.receive().status, 100);
    connection.send(b"12345");
    assert_eq!(connection.receive().text(), "ok");
    let received = upstream.text();
    assert!(received.ends_with("\r\n\r\n12345"), "{received}");
    assert!(
        !received.to_ascii_lowercase().contains("expect"),
        "{received}"
    );
}

#[test]
fn an_unknown_expectation_is_417_and_not_forwarded() {
    let (host, upstream) = with_upstream();
    let mut connection = host.connect(Listener::Inference);

    connection.send(head(&host.keys().inference.key, "200-ok").as_bytes());

    assert_eq!(connection.receive().status, 417);
    assert_eq!(upstream.connections(), 0);
}
