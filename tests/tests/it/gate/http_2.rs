//! The same rules over HTTP/2, where h2 resets what is malformed.

use integration_tests::{
    Host, Listener,
    http2::raw::{Answer, request},
};

const PROTOCOL_ERROR: Answer = Answer::Reset(1);

fn answer(host: &Host, fields: &[(&str, &str)]) -> Answer {
    let authorization = format!("Bearer {}", host.keys().inference.key);
    let mut all = fields.to_vec();
    all.push(("authorization", &authorization));
    request(host.address(Listener::Inference), &all, &[])
}

/// A request for `/ping` with an authority and these fields.
fn ping(host: &Host, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        (":method", "GET"),
        (":scheme", "http"),
        (":path", "/ping"),
        (":authority", "gateway"),
    ];
    all.extend(fields);
    answer(host, &all)
}

#[test]
fn authority_and_host_agree() {
    let host = Host::with_token_plugin();
    for (fields, expected) in [
        (&[][..], 200),
        (&[("host", "GATEWAY")], 200),
        (&[("host", "gateway:80")], 200),
        (&[("host", "other")], 400),
        (&[("host", "gateway:81")], 400),
        (&[("host", "gateway"), ("host", "gateway")], 400),
        (&[("host", "user@gateway")], 400),
        (&[("host", "")], 400),
    ] {
        assert_eq!(ping(&host, fields), Answer::Status(expected), "{fields:?}");
    }
}

#[test]
fn one_of_authority_and_host_is_required() {
    let host = Host::with_token_plugin();
    let path = [(":method", "GET"), (":scheme", "http"), (":path", "/ping")];
    let with = |field| {
        let mut fields = path.to_vec();
        fields.push(field);
        answer(&host, &fields)
    };
    assert_eq!(answer(&host, &path), Answer::Status(400));
    assert_eq!(with(("host", "gateway")), Answer::Status(200));
    assert_eq!(with((":authority", "user@gateway")), Answer::Status(400));
    assert_eq!(with((":authority", "gateway/path")), PROTOCOL_ERROR);
}

#[test]
fn headers_of_a_connection_are_refused() {
    let host = Host::with_token_plugin();
    for field in [
        ("connection", "close"),
        ("connection", "authorization"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("te", "gzip"),
        ("te", "trailers, gzip"),
        ("X-Upper", "case"),
        (":path", "/other"),
        (":unknown", "x"),
    ] {
        let answer = ping(&host, &[field]);
        let is_refused = matches!(answer, Answer::Reset(1) | Answer::GoAway(1));
        assert!(is_refused, "{field:?}: {answer:?}");
    }
    assert_eq!(ping(&host, &[("te", "trailers")]), Answer::Status(200));
}

#[test]
fn an_unknown_expectation_is_417() {
    let host = Host::with_token_plugin();
    assert_eq!(ping(&host, &[("expect", "x")]), Answer::Status(417));
    assert_eq!(
        ping(&host, &[("expect", "100-continue")]),
        Answer::Status(200)
    );
}

#[test]
fn a_target_that_is_no_path_is_refused() {
    let host = Host::with_token_plugin();
    let connect = [(":method", "CONNECT"), (":authority", "gateway:80")];
    assert_eq!(answer(&host, &connect), Answer::Status(400));
    let target = |method, scheme, path| {
        let fields = [
            (":method", method),
            (":scheme", scheme),
            (":path", path),
            (":authority", "gateway"),
        ];
        answer(&host, &fields)
    };
    assert_eq!(target("OPTIONS", "http", "*"), Answer::Status(400));
    assert_eq!(target("GET", "ftp", "/ping"), Answer::Status(400));
    assert_eq!(target("GET", "https", "/ping"), Answer::Status(200));
    assert_eq!(target("GET", "http", ""), PROTOCOL_ERROR);
}
