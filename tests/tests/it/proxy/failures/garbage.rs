//! Responses that are not HTTP, or whose end can be read in two ways.

use integration_tests::{Client, Listener, get, upstream::RawUpstream};

use super::{assert_bad_gateway, in_front_of, inference};

/// Answers every request of every connection with these bytes, and keeps the connection open.
fn answering(bytes: Vec<u8>) -> RawUpstream {
    RawUpstream::start(move |connection| {
        loop {
            connection.read_head()?;
            connection.send(&bytes)?;
        }
    })
}

#[test]
fn is_502_and_the_connection_is_not_used_again() {
    let long_head = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    let answers = [
        "garbage\r\n\r\n",
        "\0\0\0\0\0\0",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.1 1000 High\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo Colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Nul: \0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        &long_head,
    ];

    for answer in answers {
        let shown = &answer[..answer.len().min(80)];
        let upstream = answering(answer.as_bytes().to_vec());
        let host = in_front_of(&upstream.url())
            .argument("--worker-threads=1")
            .start();
        for (index, client) in Client::ALL.into_iter().enumerate() {
            let request = inference(&host, get("/x"));
            let response = client.exchange(&host, Listener::Inference, &request);
            assert_eq!(response.status, 502, "{shown:?} {response:?}");
            assert_bad_gateway(&response);
            assert_eq!(upstream.connections(), index + 1, "{shown:?}");
        }
    }
}

#[test]
fn in_a_chunked_body_cuts_the_response() {
    for chunk in [
        "x\r\n",
        "-1\r\n",
        "fffffffffffffffff\r\n",
        "4 half\r\n",
        "4\r\nhalfxx",
    ] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
        let upstream = answering([head, chunk].concat().into_bytes());
        let host = in_front_of(&upstream.url()).start();
        for client in Client::ALL {
            let request = inference(&host, get("/x"));
            let mut stream = client.start(host.address(Listener::Inference), &request);
            assert_eq!(stream.head().status, 200, "{chunk:?}");
            let (body, end) = stream.rest();
            assert!(body.len() <= 8, "{chunk:?}");
            assert!(end.is_err(), "{chunk:?} {client:?}");
        }
    }
}

/// It would be taken for the response to the next request.
#[test]
fn after_a_response_is_not_passed_on() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad";
    let upstream = answering(answer.as_bytes().to_vec());
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut connection = host.connect(Listener::Inference);

    for _ in 0..10 {
        let response = connection.exchange(&inference(&host, get("/x")));
        assert_eq!(response.text(), "good");
    }

    assert_eq!(upstream.connections(), 10);
}

/// The body that must not be there would be taken for the next response.
#[test]
fn a_body_after_a_response_to_head_is_not_passed_on() {
    let upstream = RawUpstream::start(|connection| {
        loop {
            let head = connection.read_head()?;
            let is_head = head.starts_with(b"HEAD");
            let body = if is_head {
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"
            } else {
                "good"
            };
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{body}");
            connection.send(answer.as_bytes())?;
        }
    });
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut connection = host.connect(Listener::Inference);

    for _ in 0..5 {
        let head = integration_tests::Request::new("HEAD", "/x");
        assert_eq!(connection.exchange(&inference(&host, head)).status, 200);
        let response = connection.exchange(&inference(&host, get("/x")));
        assert_eq!(response.text(), "good");
    }
}
