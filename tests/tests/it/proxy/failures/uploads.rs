//! Uploads that the upstream does not take to their end, or the client does not send to their end.

use integration_tests::{
    Client, Connection, Listener, get, post,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{assert_bad_gateway, behaving, in_front_of, inference};

const EARLY: &[u8] = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nearly";

/// The rest is not needed, and the connection to the upstream is not used again.
#[test]
fn an_early_answer_is_passed_on() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(EARLY)?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();

    for (index, client) in Client::ALL.into_iter().enumerate() {
        let request = inference(&host, post("/x"));
        let mut upload = client.start_upload(host.address(Listener::Inference), &request);
        upload.send(b"half").expect("it is sent");
        let response = upload.response();
        assert_eq!(response.status, 413, "{client:?}");
        assert_eq!(response.text(), "early");
        assert_eq!(upstream.connections(), index + 1);
    }
    // The next request does not follow half a request.
    let request = inference(&host, get("/y"));
    let response = Client::Http1.exchange(&host, Listener::Inference, &request);
    assert_eq!(response.status, 413);
    assert_eq!(upstream.connections(), 3);
}

/// As servers do that do not read what they do not want: the reset may overtake the answer. Over
/// HTTP/1.1 the reset of a connection with a half-sent upload may overtake this server's answer as
/// well.
#[test]
fn an_early_answer_that_closes_the_connection_is_passed_on_or_502() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(EARLY)
    });
    let host = in_front_of(&upstream.url()).start();
    let request = inference(&host, post("/x").body(vec![b'x'; 4_000_000]));
    let mut upload = Client::Http2.start(host.address(Listener::Inference), &request);
    let response = upload.head();
    assert!(matches!(response.status, 413 | 502), "{response:?}");
}

/// Nothing is reported as sent that was not.
#[test]
fn an_upstream_that_resets_during_an_upload_is_502() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.read_exact(1000)?;
        connection.reset()
    });
    let host = in_front_of(&upstream.url()).start();
    for client in Client::ALL {
        let request = inference(&host, post("/x"));
        let mut upload = client.start_upload(host.address(Listener::Inference), &request);
        upload.send(&[b'x'; 2000]).expect("it is sent");
        let response = upload.response();
        assert_bad_gateway(&response);
    }
    assert_eq!(upstream.text().matches("POST /x").count(), 2);
}

/// A shorter body than announced is not completed.
#[test]
fn a_clients_upload_that_breaks_off_does_not_end_cleanly_at_the_upstream() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url()).start();
    let request = behaving(&host, post("/x"), "test");
    let chunked = request.clone().header("Transfer-Encoding", "chunked");
    let with_length = request.header("Content-Length", "1000");

    for request in [chunked, with_length] {
        let mut connection: Connection = host.connect(Listener::Inference);
        connection.send(&request.to_bytes());
        connection.send(b"4\r\nhalf\r\n");
        let exchange = upstream.next_exchange();
        let piece = exchange.read().expect("a piece").expect("a piece");
        assert!(piece.starts_with(b"half") || piece.starts_with(b"4\r\n"));
        connection.finish_sending();
        assert!(exchange.read().is_err());
    }
}

#[test]
fn a_malformed_chunk_of_a_client_breaks_the_upload_off() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url()).start();
    for chunk in [
        "x\r\n",
        "-4\r\n",
        "fffffffffffffffff\r\n",
        "4\r\nhalfxx",
        "4\nhalf\n",
    ] {
        let request = behaving(&host, post("/x"), "test");
        let request = request.header("Transfer-Encoding", "chunked");
        let mut connection = host.connect(Listener::Inference);
        connection.send(&request.to_bytes());
        let exchange = upstream.next_exchange();
        connection.send(chunk.as_bytes());
        let end = loop {
            match exchange.read() {
                Ok(Some(_)) => {}
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(end, "{chunk:?}");
    }
}
