//! A connection that was used before: what fails on it is sent again only if none of it was sent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use integration_tests::{
    Client, Listener, post,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{assert_bad_gateway, in_front_of, inference, post_x};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The usual end of a connection that is not used: the next request goes to a new one.
#[test]
fn one_that_was_closed_meanwhile_is_replaced() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.read_exact(4)?;
        connection.send(OK)
    });
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();

    for number in 1..=20 {
        let response = post_x(Client::Http1, &host);
        assert_eq!(response.status, 200, "{number} {response:?}");
        // A request that is sent before the end may have been done.
        upstream.wait_for_closed(number);
    }

    assert_eq!(upstream.text().matches("POST /x").count(), 20);
}

/// The upstream may have done it.
#[test]
fn a_request_that_was_sent_is_not_sent_again() {
    for is_reset in [false, true] {
        let upstream = RawUpstream::start(move |connection| {
            connection.read_head()?;
            connection.read_exact(4)?;
            connection.send(OK)?;
            connection.read_head()?;
            connection.read_exact(4)?;
            if is_reset {
                connection.reset()?;
            }
            Ok(())
        });
        let host = in_front_of(&upstream.url())
            .argument("--worker-threads=1")
            .start();

        assert_eq!(post_x(Client::Http1, &host).status, 200);
        assert_bad_gateway(&post_x(Client::Http1, &host));

        assert_eq!(upstream.text().matches("POST /x").count(), 2);
        assert_eq!(upstream.connections(), 1);
    }
}

/// All threads share the connections that an upstream may have.
#[test]
fn many_requests_share_few_connections() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("upstream_connections_max", "2")
        .argument("--worker-threads=4")
        .start();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for client in Client::ALL {
                    for _ in 0..10 {
                        assert_eq!(post_x(client, &host).status, 200);
                    }
                }
            });
        }
    });
    assert_eq!(upstream.requests().len(), 160);
    assert!(upstream.open_connections() <= 2);
}

/// Also where the upstream says that it will close.
#[test]
fn one_that_the_upstream_closes_is_not_used_again() {
    let upstream = RawUpstream::start(|connection| {
        loop {
            connection.read_head()?;
            connection.read_exact(4)?;
            connection
                .send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")?;
        }
    });
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut connection = host.connect(Listener::Inference);
    for number in 1..=5 {
        let request = inference(&host, post("/x").body("body"));
        let response = connection.exchange(&request);
        assert_eq!(response.status, 200);
        assert_eq!(response.header("connection"), None);
        assert_eq!(upstream.connections(), number);
    }
}

/// A server that closes after some requests without saying so, under load: each request arrives once at most, and is
/// answered with its own response.
#[test]
fn under_load_nothing_is_sent_twice() {
    const REQUESTS: usize = 200;
    let upstream = RawUpstream::start(|connection| {
        for _ in 0..3 {
            let head = connection.read_head()?;
            let head = String::from_utf8_lossy(&head);
            let name = head.split(' ').nth(1).unwrap_or_default();
            connection.read_exact(4)?;
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}",
                name.len()
            );
            connection.send(answer.as_bytes())?;
        }
        Ok(())
    });
    let host = in_front_of(&upstream.url()).start();
    let failed = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for thread in 0..4 {
            let (host, failed) = (&host, &failed);
            scope.spawn(move || {
                for number in 0..REQUESTS / 4 {
                    let target = format!("/x-{thread}-{number}-");
                    let request = inference(host, post(&target).body("body"));
                    let client = Client::ALL[number % 2];
                    let response = client.exchange(host, Listener::Inference, &request);
                    if response.status == 200 {
                        assert_eq!(response.text(), target);
                    } else {
                        assert_bad_gateway(&response);
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });

    let text = upstream.text();
    for thread in 0..4 {
        for number in 0..REQUESTS / 4 {
            let count = text.matches(&format!("/x-{thread}-{number}- ")).count();
            assert!(count <= 1, "{thread} {number}: {count}");
        }
    }
    let failed = failed.load(Ordering::Relaxed);
    assert!(failed < REQUESTS / 4, "{failed}");
}
