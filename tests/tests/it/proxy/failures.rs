//! Upstreams that fail: the client gets the documented answer, nothing is sent twice, and the host serves on.

use std::{io::ErrorKind, net::SocketAddr};

use integration_tests::{
    Client, Host, Listener, Response, get, post,
    upstream::{HttpUpstream, RawUpstream, refusing_address},
};

use super::{behaving, in_front_of, inference};

mod garbage;
mod reuse;
mod uploads;

#[track_caller]
fn assert_bad_gateway(response: &Response) {
    assert_eq!(response.status, 502, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.json()["code"], 502);
    assert_eq!(response.json()["type"], "BadGatewayException");
}

/// The response to `POST /x` with a body.
fn post_x(client: Client, host: &Host) -> Response {
    let request = inference(host, post("/x").body("body"));
    client.exchange(host, Listener::Inference, &request)
}

#[test]
fn one_that_refuses_connections_is_502() {
    let host = in_front_of(&format!("http://{}", refusing_address())).start();
    for client in Client::ALL {
        assert_bad_gateway(&post_x(client, &host));
    }
}

#[test]
fn a_unix_socket_that_is_not_there_is_502_until_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.sock");
    let host = in_front_of(&format!("unix:{}", path.display())).start();
    assert_bad_gateway(&post_x(Client::Http1, &host));

    let upstream = HttpUpstream::start_unix(&path);

    for client in Client::ALL {
        assert_eq!(post_x(client, &host).status, 200);
    }
    assert_eq!(upstream.requests()[0].header("host"), Some("localhost"));
}

/// As one that crashes on a request.
#[test]
fn one_that_closes_before_its_head_is_502_and_gets_the_request_once() {
    for is_reset in [false, true] {
        let upstream = RawUpstream::start(move |connection| {
            connection.read_head()?;
            connection.read_exact(4)?;
            if is_reset {
                connection.reset()?;
            }
            Ok(())
        });
        let host = in_front_of(&upstream.url()).start();
        for client in Client::ALL {
            assert_bad_gateway(&post_x(client, &host));
        }
        assert_eq!(upstream.text().matches("POST /x").count(), 2);
        assert_eq!(upstream.connections(), 2);
    }
}

#[test]
fn one_that_closes_in_the_middle_of_its_head_is_502() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    });
    let host = in_front_of(&upstream.url()).start();
    for client in Client::ALL {
        assert_bad_gateway(&post_x(client, &host));
    }
}

/// A client must not take half a response for a whole one.
#[test]
fn one_that_breaks_off_in_the_middle_of_a_body_cuts_the_response() {
    let heads = [
        "Content-Length: 1000\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n10\r\nno",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    ];
    for head in heads {
        for is_reset in [false, true] {
            let upstream = RawUpstream::start(move |connection| {
                connection.read_head()?;
                connection.send(format!("HTTP/1.1 200 OK\r\n{head}").as_bytes())?;
                connection.wait_for_release()?;
                if is_reset {
                    connection.reset()?;
                }
                Ok(())
            });
            let host = in_front_of(&upstream.url()).start();
            for client in Client::ALL {
                let request = inference(&host, get("/x"));
                let mut stream = client.start(host.address(Listener::Inference), &request);
                assert_eq!(stream.head().status, 200);
                assert!(stream.read_at_least(4).expect("half").starts_with(b"half"));
                upstream.release();
                let (_, end) = stream.rest();
                assert!(end.is_err(), "{client:?} {head:?} reset: {is_reset}");
            }
        }
    }
}

/// Over HTTP/1.1 without the chunk that would end it.
#[test]
fn a_cut_response_has_no_last_chunk() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    });
    let host = in_front_of(&upstream.url()).start();
    let mut connection = host.connect(Listener::Inference);
    connection.send(&inference(&host, get("/x")).to_bytes());

    let (answer, _) = connection.receive_to_end();

    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("half"), "{answer}");
    assert!(!answer.contains("\r\n0\r\n"), "{answer}");
}

#[test]
fn one_that_is_killed_and_started_again_is_served_again() {
    let upstream = HttpUpstream::start();
    let address: SocketAddr = upstream.authority().parse().expect("an address");
    let host = in_front_of(&upstream.url()).start();
    let request = behaving(&host, get("/x"), "test");
    let mut in_flight = Vec::new();
    for client in Client::ALL {
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        in_flight.push((stream, exchange));
    }

    drop(upstream);

    for (mut stream, _exchange) in in_flight {
        assert!(stream.rest().1.is_err());
    }
    assert_bad_gateway(&post_x(Client::Http1, &host));
    let upstream = HttpUpstream::start_at(address);
    integration_tests::eventually("the upstream is used again", || {
        (post_x(Client::Http1, &host).status == 200).then_some(())
    });
    assert_eq!(post_x(Client::Http2, &host).status, 200);
    drop(upstream);
}

/// What is told of a failure names neither the address of the upstream nor the reason.
#[test]
fn the_client_does_not_learn_where_the_upstream_is() {
    let address = refusing_address();
    let host = in_front_of(&format!("http://{address}")).start();

    let response = post_x(Client::Http1, &host);

    let port = address.port().to_string();
    assert!(!response.text().contains(&port), "{response:?}");
    assert!(!response.text().contains("refused"), "{response:?}");
}

/// Hundreds of failures of all kinds leave nothing behind.
#[test]
fn the_host_serves_on_after_many_failures() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        match connection.number() % 5 {
            0 => Ok(()),
            1 => connection.reset(),
            2 => connection.send(b"garbage\r\n\r\n"),
            3 => connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            _ => connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"),
        }
    });
    let host = in_front_of(&upstream.url()).start();
    let request = inference(&host, get("/x"));
    let mut whole = 0;
    for _ in 0..200 {
        let mut connection = host.connect(Listener::Inference);
        match connection.try_exchange(&request) {
            Ok(response) if response.status == 200 => {
                assert_eq!(response.text(), "whole");
                whole += 1;
            }
            Ok(response) => assert_bad_gateway(&response),
            Err(error) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof),
        }
    }
    assert_eq!(whole, 40);
    // One for each: none was tried twice.
    assert_eq!(upstream.connections(), 200);
}
