//! A client that goes away cancels what the upstream does for it: a GPU is waiting.

use std::time::{Duration, Instant};

use integration_tests::{
    Client, Listener, eventually, get,
    http2::Http2Connection,
    post,
    upstream::{HttpUpstream, RawUpstream},
};
use socket2::SockRef;

use super::{behaving, in_front_of, inference, with_upstream};

const LIMIT: Duration = Duration::from_secs(1);

#[test]
fn before_the_response() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, post("/x").body("prompt"), "test");
        let waiting = client.start(host.address(Listener::Inference), &request);
        let exchange = upstream.next_exchange();
        assert!(!exchange.is_cancelled());

        drop(waiting);

        assert!(exchange.wait_until_cancelled() < LIMIT, "{client:?}");
    }
}

#[test]
fn during_the_response() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, post("/x").body("prompt"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        exchange.send("event");
        assert_eq!(stream.head().status, 200);
        assert_eq!(stream.read_at_least(5).expect("the event"), b"event");
        assert!(!exchange.is_cancelled());

        drop(stream);

        assert!(exchange.wait_until_cancelled() < LIMIT, "{client:?}");
    }
}

#[test]
fn during_the_request() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, post("/x"), "test");
        let mut upload = client.start_upload(host.address(Listener::Inference), &request);
        let exchange = upstream.next_exchange();
        upload.send(b"half").expect("it is sent");
        assert_eq!(exchange.read().expect("a piece").expect("a piece"), b"half");

        let start = Instant::now();
        drop(upload);

        // The upstream does not take the half for the whole.
        assert!(exchange.read().is_err(), "{client:?}");
        assert!(start.elapsed() < LIMIT, "{client:?}");
    }
}

#[test]
fn with_a_reset() {
    let (host, upstream) = with_upstream();
    let request = behaving(&host, post("/x").body("prompt"), "test");
    let mut connection = host.connect(Listener::Inference);
    connection.send(&request.to_bytes());
    let mut exchange = upstream.next_exchange();
    exchange.respond_with_events();
    assert_eq!(connection.receive_head().status, 200);

    SockRef::from(connection.socket())
        .set_linger(Some(Duration::ZERO))
        .expect("the option");
    drop(connection);

    assert!(exchange.wait_until_cancelled() < LIMIT);
}

/// One request of several on a connection; the others go on.
#[test]
fn by_resetting_a_stream() {
    let (host, upstream) = with_upstream();
    let connection = Http2Connection::open(host.address(Listener::Inference));
    let start = || {
        let mut stream = connection.start(&behaving(&host, post("/x"), "test"));
        stream.finish();
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        (stream, exchange)
    };
    let (cancelled, of_cancelled) = start();
    let (mut other, of_other) = start();

    drop(cancelled);

    assert!(of_cancelled.wait_until_cancelled() < LIMIT);
    of_other.send("event");
    assert_eq!(&*other.read().expect("open").expect("open"), b"event");
    assert!(!of_other.is_cancelled());
}

/// Of a stream that is not sending anything, too.
#[test]
fn while_the_response_is_not_read() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let request = behaving(&host, get("/x"), "download=1000000000");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        assert_eq!(stream.head().status, 200);
        assert!(upstream.open_connections() > 0);

        drop(stream);

        eventually("the upstream's connection is closed", || {
            (upstream.open_connections() == 0).then_some(())
        });
    }
}

/// A connection on which a request was given up carries no other.
#[test]
fn the_next_request_gets_its_own_response() {
    let upstream = RawUpstream::start(|connection| {
        loop {
            let head = connection.read_head()?;
            let name = if head.starts_with(b"GET /a ") {
                'a'
            } else {
                'b'
            };
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
            connection.send(format!("{head}{name}").as_bytes())?;
            if name == 'a' {
                connection.wait_for_release()?;
            }
            connection.send(name.to_string().as_bytes())?;
        }
    });
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    for client in Client::ALL {
        let request = inference(&host, get("/a"));
        let mut given_up = client.start(host.address(Listener::Inference), &request);
        assert_eq!(given_up.head().status, 200);
        drop(given_up);

        let request = inference(&host, get("/b"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.text(), "bb");
        upstream.release();
    }
}

/// Requests that wait for a connection to the upstream are given up as well.
#[test]
fn while_it_waits_for_a_connection() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_connections_max", "1")
        .start();
    let request = behaving(&host, post("/x"), "test");
    let mut first = Client::Http1.start(host.address(Listener::Inference), &request);
    let mut exchange = upstream.next_exchange();
    for client in Client::ALL {
        drop(client.start(host.address(Listener::Inference), &request));
    }

    exchange.respond(200, &[]);
    exchange.finish();
    assert_eq!(first.response().status, 200);

    let response = host.inference(&inference(&host, post("/after")));
    assert_eq!(response.status, 200);
}
