//! Bodies pass piece by piece, in both directions, with their trailers.

use integration_tests::{
    Client, Listener, get, http2::Http2Connection, post, upstream::RawUpstream,
};

use super::{behaving, in_front_of, inference, with_upstream};

/// The upstream sends its second event only after the client has the first.
#[test]
fn an_event_arrives_before_the_next_one_is_sent() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        for content_type in ["text/event-stream", "application/x-ndjson"] {
            let request = behaving(&host, post("/v1/completions").body("{}"), "test");
            let mut stream = client.start(host.address(Listener::Inference), &request);
            let mut exchange = upstream.next_exchange();
            exchange.respond(200, &[("content-type", content_type)]);
            let head = stream.head();
            assert_eq!(head.header("content-type"), Some(content_type));
            for number in 0..10 {
                let event = format!("data: {number}\n\n");
                exchange.send(event.clone());
                let received = stream.read_at_least(event.len()).expect("the event");
                assert_eq!(received, event.as_bytes(), "{client:?}");
            }
            exchange.finish();
            let (rest, end) = stream.rest();
            assert!(rest.is_empty() && end.is_ok());
        }
    }
}

/// Also one whose length is known: its pieces are not collected.
#[test]
fn a_piece_of_a_response_with_a_length_arrives_before_the_rest_is_sent() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")?;
        connection.wait_for_release()?;
        connection.send(b"cd")?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url()).start();

    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        let mut stream = client.start(host.address(Listener::Inference), &request);
        assert_eq!(stream.head().header("content-length"), Some("4"));
        assert_eq!(stream.read_at_least(2).expect("half"), b"ab");
        upstream.release();
        assert_eq!(stream.read_at_least(2).expect("the rest"), b"cd");
        assert!(stream.rest().1.is_ok());
    }
}

#[test]
fn a_piece_of_a_request_arrives_before_the_next_one_is_sent() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, post("/x"), "test");
        let mut upload = client.start_upload(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        for number in 0..10 {
            let piece = format!("piece {number}");
            upload.send(piece.as_bytes()).expect("it is sent");
            let received = exchange.read().expect("a piece").expect("a piece");
            assert_eq!(received, piece.as_bytes(), "{client:?}");
        }
        upload.finish();
        assert_eq!(exchange.read().expect("the end"), None);
        exchange.respond(200, &[]);
        exchange.finish();
        assert_eq!(upload.response().status, 200);
    }
}

/// A conversation: each side waits for the other.
#[test]
fn both_directions_flow_at_the_same_time() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, post("/x"), "test");
        let mut stream = client.start_upload(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond(200, &[]);
        assert_eq!(stream.head().status, 200);
        for number in 0..10 {
            let question = format!("question {number}");
            stream.send(question.as_bytes()).expect("it is sent");
            let received = exchange.read().expect("a piece").expect("a piece");
            assert_eq!(received, question.as_bytes());
            exchange.send("answer");
            assert_eq!(stream.read_at_least(6).expect("an answer"), b"answer");
        }
        stream.finish();
        assert_eq!(exchange.read().expect("the end"), None);
        exchange.finish();
        assert!(stream.rest().1.is_ok());
    }
}

/// Over HTTP/1.1 only to a client that says that it reads them.
#[test]
fn trailers_of_the_response_arrive() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, get("/x").header("TE", "trailers"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond(200, &[("trailer", "x-checksum")]);
        exchange.send("body");
        exchange.finish_with_trailers(&[("x-checksum", "1234")]);

        let response = stream.response();

        assert_eq!(response.text(), "body");
        let expected = [("x-checksum".to_owned(), "1234".to_owned())];
        assert_eq!(stream.trailers(), expected, "{client:?} {response:?}");
    }
}

#[test]
fn requests_on_one_http_2_connection_do_not_wait_for_each_other() {
    let (host, upstream) = with_upstream();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = connection.start(&behaving(&host, post("/x"), "test"));
        stream.finish();
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        streams.push((stream, exchange));
    }

    for (stream, exchange) in streams.iter_mut().rev() {
        exchange.send("event");
        assert_eq!(&*stream.read().expect("open").expect("open"), b"event");
    }
    for (mut stream, exchange) in streams {
        exchange.finish();
        assert!(stream.read().expect("an orderly end").is_none());
    }
    // HTTP/1.1 has one request on a connection at a time.
    assert_eq!(upstream.connections(), 50);
}

#[test]
fn large_bodies_arrive_whole() {
    const LENGTH: u64 = 8 << 20;
    let (host, _upstream) = with_upstream();
    for client in Client::ALL {
        let download = behaving(&host, get("/x"), &format!("download={LENGTH}"));
        let response = client.exchange(&host, Listener::Inference, &download);
        let mut verifier = integration_tests::pattern::Verifier::default();
        verifier.add(&response.body);
        assert_eq!(verifier.length(), Some(LENGTH), "{client:?}");
    }
}

#[test]
fn max_request_size_limits_what_is_forwarded() {
    let upstream = integration_tests::upstream::HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("max_request_size", "100000")
        .start();

    for client in Client::ALL {
        let upload = |length| behaving(&host, post("/x").body(vec![b'x'; length]), "echo");
        let fits = client.exchange(&host, Listener::Inference, &upload(100_000));
        assert_eq!(fits.status, 200, "{client:?} {fits:?}");
        let mut exchange = client.start(host.address(Listener::Inference), &upload(100_001));
        assert_eq!(exchange.head().status, 413, "{client:?}");
    }
}
