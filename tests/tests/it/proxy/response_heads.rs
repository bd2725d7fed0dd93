//! The head of a response as the client gets it.

use integration_tests::{Client, Listener, Request, get, post, upstream::RawUpstream};

use super::{behaving, in_front_of, inference, with_upstream};

/// Plays one response to each request.
fn answering(response: &'static str) -> RawUpstream {
    RawUpstream::start(move |connection| {
        loop {
            connection.read_head()?;
            connection.send(response.as_bytes())?;
        }
    })
}

#[test]
fn status_headers_and_body_are_passed_on() {
    let upstream = answering(
        "HTTP/1.1 418 Short And Stout\r\nContent-Type: text/x\r\nX-Several: 1\r\nX-Several: 2\r\n\
         Set-Cookie: a\r\nSet-Cookie: b\r\nServer: theirs\r\nContent-Length: 5\r\n\r\nhello",
    );
    let host = in_front_of(&upstream.url()).start();

    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 418);
        assert_eq!(response.header("content-type"), Some("text/x"));
        assert_eq!(response.header_values("x-several"), ["1", "2"]);
        assert_eq!(response.header_values("set-cookie"), ["a", "b"]);
        assert_eq!(response.header("server"), Some("theirs"));
        assert_eq!(response.header("content-length"), Some("5"));
        assert_eq!(response.text(), "hello");
    }
}

#[test]
fn hop_by_hop_headers_are_not_passed_on() {
    let upstream = answering(
        "HTTP/1.1 200 OK\r\nConnection: X-Named\r\nKeep-Alive: timeout=1\r\nX-Named: 1\r\n\
         Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Passed: 1\r\nContent-Length: 0\r\n\r\n",
    );
    let host = in_front_of(&upstream.url()).start();

    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        let response = client.exchange(&host, Listener::Inference, &request);
        for name in [
            "connection",
            "keep-alive",
            "x-named",
            "proxy-authenticate",
            "upgrade",
        ] {
            assert_eq!(response.header(name), None, "{name} {response:?}");
        }
        assert_eq!(response.header("x-passed"), Some("1"));
    }
}

/// So that the client comes back through this host.
#[test]
fn a_location_on_the_upstream_loses_its_origin() {
    let (host, upstream) = with_upstream();
    let origin = upstream.url();
    let locations = [
        (format!("{origin}/a/b?c=d"), "/a/b?c=d".to_owned()),
        (format!("{origin}/"), "/".to_owned()),
        (origin.replace("http", "HTTP") + "/a", "/a".to_owned()),
        ("/a".to_owned(), "/a".to_owned()),
        ("a".to_owned(), "a".to_owned()),
    ];

    for (given, expected) in locations {
        for client in Client::ALL {
            let request = behaving(&host, get("/x"), &format!("redirect={given}"));
            let response = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(response.status, 307);
            assert_eq!(response.header("location"), Some(expected.as_str()));
        }
    }
}

#[test]
fn a_location_elsewhere_is_passed_on() {
    let (host, upstream) = with_upstream();
    let origin = upstream.url();
    let locations = [
        "http://elsewhere/a".to_owned(),
        format!("{origin}0/a"),
        format!("{origin}@elsewhere/a"),
        format!("{origin}.elsewhere/a"),
        origin.replace("http", "https") + "/a",
    ];

    for location in locations {
        let request = behaving(&host, get("/x"), &format!("redirect={location}"));
        let response = host.inference(&request);
        assert_eq!(response.header("location"), Some(location.as_str()));
    }
}

#[test]
fn a_response_to_head_has_headers_and_no_body() {
    let upstream = answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-Passed: 1\r\n\r\n");
    let host = in_front_of(&upstream.url()).start();

    for client in Client::ALL {
        for _ in 0..2 {
            let request = inference(&host, Request::new("HEAD", "/x"));
            let response = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(response.status, 200);
            assert_eq!(response.header("content-length"), Some("1000"));
            assert_eq!(response.header("x-passed"), Some("1"));
            assert_eq!(response.body, b"");
        }
    }
    assert!(upstream.text().contains("HEAD /x HTTP/1.1\r\n"));
}

#[test]
fn a_response_without_a_body_ends_with_its_head() {
    for status_line in ["204 No Content", "304 Not Modified"] {
        let response = format!("HTTP/1.1 {status_line}\r\nETag: \"x\"\r\n\r\n");
        let upstream = RawUpstream::start(move |connection| {
            loop {
                connection.read_head()?;
                connection.send(response.as_bytes())?;
            }
        });
        let host = in_front_of(&upstream.url()).start();
        let mut connection = host.connect(Listener::Inference);
        for _ in 0..2 {
            let response = connection.exchange(&inference(&host, get("/x")));
            assert_eq!(response.header("etag"), Some("\"x\""), "{response:?}");
            assert!(!response.closes());
        }
    }
}

/// hyper's server cannot send them.
#[test]
fn informational_responses_are_dropped() {
    let upstream = answering(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let host = in_front_of(&upstream.url()).start();

    for client in Client::ALL {
        let request = inference(&host, post("/x"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 200, "{response:?}");
        assert_eq!(response.header("link"), None);
        assert_eq!(response.text(), "ok");
    }
}

/// A server of HTTP/1.0 ends its body with the connection.
#[test]
fn a_body_that_ends_with_the_connection_is_passed_on_whole() {
    for version in ["HTTP/1.0", "HTTP/1.1"] {
        let upstream = RawUpstream::start(move |connection| {
            connection.read_head()?;
            connection.send(format!("{version} 200 OK\r\n\r\nto the end").as_bytes())
        });
        let host = in_front_of(&upstream.url()).start();
        for client in Client::ALL {
            let request = inference(&host, get("/x"));
            let response = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(response.text(), "to the end", "{response:?}");
        }
    }
}

#[test]
fn connections_to_the_upstream_are_used_again() {
    let (host, upstream) = with_upstream();
    let mut connection = host.connect(Listener::Inference);

    for _ in 0..20 {
        let response = connection.exchange(&inference(&host, post("/x").body("body")));
        assert_eq!(response.status, 200);
        assert_eq!(response.header("connection"), None);
    }

    assert_eq!(upstream.requests().len(), 20);
    assert_eq!(upstream.connections(), 1);
}
