//! How long an upstream may take, and what its client is told.

use std::time::{Duration, Instant};

use integration_tests::{
    Client, Listener, get, post,
    upstream::{HttpUpstream, RawUpstream, SilentListener},
};

use super::{behaving, in_front_of, inference};
use crate::expect::assert_error;

#[test]
fn an_upstream_that_sends_no_head_is_504() {
    let upstream = RawUpstream::start(|connection| connection.read_to_end());
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();

    for client in Client::ALL {
        let start = Instant::now();
        let request = inference(&host, post("/x").body("body"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert!(start.elapsed() >= Duration::from_secs(1));
        assert_eq!(response.status, 504, "{response:?}");
        assert_eq!(response.json()["type"], "GatewayTimeoutException");
    }
    // Each of them reached it once.
    assert_eq!(upstream.text().matches("POST /x").count(), 2);
}

/// Half a head is none.
#[test]
fn an_upstream_that_sends_a_head_byte_by_byte_is_504() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")?;
        loop {
            std::thread::sleep(Duration::from_millis(50));
            connection.send(b"x")?;
        }
    });
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();

    let response = host.inference(&inference(&host, get("/x")));

    assert_eq!(response.status, 504, "{response:?}");
}

/// Informational responses are none either.
#[test]
fn an_upstream_that_sends_only_informational_responses_is_504() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        loop {
            connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")?;
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();

    let response = host.inference(&inference(&host, get("/x")));

    assert_eq!(response.status, 504, "{response:?}");
}

/// The time of an upload is the client's.
#[test]
fn the_limit_begins_when_the_upstream_has_the_request() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();
    let request = behaving(&host, post("/x"), "echo");
    let mut upload = Client::Http1.start_upload(host.address(Listener::Inference), &request);

    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1500) {
        upload.send(b"x").expect("it is sent");
        std::thread::sleep(Duration::from_millis(100));
    }
    upload.finish();

    assert_eq!(upload.response().status, 200);
}

#[test]
fn an_upstream_that_does_not_accept_is_502() {
    let silent = SilentListener::start();
    let host = in_front_of(&format!("http://{}", silent.address()))
        .property("upstream_connect_timeout_sec", "1")
        .start();

    for client in Client::ALL {
        let request = inference(&host, get("/x"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 502, "{response:?}");
        assert_eq!(response.json()["type"], "BadGatewayException");
    }
}

#[test]
fn a_body_that_stops_is_cut_off() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_read_timeout_sec", "1")
        .start();

    for client in Client::ALL {
        let request = behaving(&host, get("/x"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        exchange.send("event");
        assert_eq!(stream.head().status, 200);

        let (body, end) = stream.rest();

        assert_eq!(body, b"event");
        assert!(end.is_err(), "{client:?}");
        assert!(exchange.wait_until_cancelled() < Duration::from_secs(1));
    }
}

/// However lively it is.
#[test]
fn a_stream_ends_at_max_stream_duration_sec() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("max_stream_duration_sec", "1")
        .start();

    for client in Client::ALL {
        let request = behaving(&host, get("/x"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        let start = Instant::now();
        let end = loop {
            exchange.send("event");
            if let Err(error) = stream.read() {
                break error;
            }
            assert!(start.elapsed() < Duration::from_secs(20));
        };
        assert!(start.elapsed() > Duration::from_millis(900), "{end}");
    }
}

/// The connection does not ask the body for more then: the window of an HTTP/2 client may be 0 for
/// good.
#[test]
fn a_client_that_takes_nothing_holds_no_upstream_beyond_the_time_of_a_stream() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("max_stream_duration_sec", "1")
        .start();

    for client in Client::ALL {
        let request = behaving(&host, get("/x"), "test");
        let mut stream = client.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond(200, &[]);
        assert_eq!(stream.head().status, 200);
        // More than all buffers on the way hold.
        for _ in 0..128 {
            exchange.send(vec![0; 1 << 20]);
        }
        assert!(exchange.wait_until_cancelled() < Duration::from_secs(5));
    }
}

#[test]
fn more_requests_than_connections_wait_and_then_get_503() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_connections_max", "1")
        .property("upstream_queue_timeout_sec", "1")
        .argument("--worker-threads=1")
        .start();
    let request = behaving(&host, get("/x"), "test");
    let mut first = Client::Http1.start(host.address(Listener::Inference), &request);
    let mut exchange = upstream.next_exchange();

    for client in Client::ALL {
        let request = inference(&host, get("/y"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 503, "{response:?}");
        assert_eq!(response.json()["type"], "ServiceUnavailableException");
        assert!(response.header("retry-after").is_some());
    }

    let mut waiting = Client::Http1.start(
        host.address(Listener::Inference),
        &inference(&host, get("/z")),
    );
    exchange.respond(200, &[]);
    exchange.finish();
    assert_eq!(first.response().status, 200);
    assert_eq!(waiting.response().status, 200);
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn an_unused_connection_is_closed_after_upstream_idle_timeout_sec() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_idle_timeout_sec", "1")
        .start();

    assert_eq!(host.inference(&inference(&host, get("/x"))).status, 200);
    assert_eq!(upstream.open_connections(), 1);

    integration_tests::eventually("the connection is closed", || {
        (upstream.open_connections() == 0).then_some(())
    });
    assert_eq!(host.inference(&inference(&host, get("/x"))).status, 200);
    assert_eq!(upstream.connections(), 2);
}

#[test]
fn the_answers_have_torchserves_form() {
    let upstream = RawUpstream::start(|connection| connection.read_to_end());
    let host = in_front_of(&upstream.url())
        .property("upstream_response_timeout_sec", "1")
        .start();

    let response = host.inference(&inference(&host, get("/x")));

    let message = response.json()["message"]
        .as_str()
        .expect("text")
        .to_owned();
    assert_error(&response, 504, "GatewayTimeoutException", &message);
}
