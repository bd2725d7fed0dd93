//! Whatever happens to requests, the few connections that an upstream may have are free afterwards.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use integration_tests::{
    Client, Host, HostBuilder, Listener, Request, eventually, get, post,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{behaving, in_front_of, inference};

const CONNECTIONS: usize = 4;
const ROUNDS: usize = 40;

fn with_few_connections(url: &str) -> HostBuilder {
    in_front_of(url)
        .property("upstream_connections_max", &CONNECTIONS.to_string())
        .property("upstream_queue_timeout_sec", "5")
        .argument("--worker-threads=3")
}

/// As many streams as there are connections, at once.
#[track_caller]
fn assert_all_are_free(host: &Host, upstream: &HttpUpstream) {
    eventually("no connection is left in use", || {
        let request = inference(host, post("/x").body("body"));
        (host.inference(&request).status == 200).then_some(())
    });
    let request = behaving(host, get("/events"), "test");
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = Client::Http1.start(host.address(Listener::Inference), &request);
        let mut exchange = upstream.next_exchange();
        exchange.respond_with_events();
        assert_eq!(stream.head().status, 200);
        streams.push((stream, exchange));
    }
    for (mut stream, exchange) in streams {
        exchange.finish();
        assert!(stream.rest().1.is_ok());
    }
}

/// A client that goes away after a while.
fn give_up(client: Client, host: &Host, request: &Request, after: Duration) {
    let exchange = client.start(host.address(Listener::Inference), request);
    thread::sleep(after);
    drop(exchange);
}

#[test]
fn after_clients_went_away_at_any_time() {
    let upstream = HttpUpstream::start();
    let host = with_few_connections(&upstream.url()).start();
    let requests = [
        behaving(&host, get("/x"), "download=100000000"),
        behaving(&host, post("/x").body(vec![b'x'; 300_000]), "echo"),
        behaving(&host, get("/x"), "echo"),
    ];
    let round = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let number = round.fetch_add(1, Ordering::Relaxed);
                    let client = Client::ALL[number % 2];
                    let request = &requests[number % requests.len()];
                    let after =
                        Duration::from_micros(137 * u64::try_from(number % 50).unwrap_or(0));
                    give_up(client, &host, request, after);
                }
            });
        }
    });

    assert_all_are_free(&host, &upstream);
}

#[test]
fn after_clients_gave_up_while_they_waited() {
    let upstream = HttpUpstream::start();
    let host = with_few_connections(&upstream.url()).start();
    let request = behaving(&host, get("/events"), "test");
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = Client::Http1.start(host.address(Listener::Inference), &request);
        held.push((stream, upstream.next_exchange()));
    }
    for number in 0..ROUNDS {
        give_up(
            Client::ALL[number % 2],
            &host,
            &request,
            Duration::from_millis(2),
        );
    }
    drop(held);

    assert_all_are_free(&host, &upstream);
}

#[test]
fn after_an_upstream_failed_in_any_way() {
    let failing = RawUpstream::start(|connection| {
        connection.read_head()?;
        match connection.number() % 6 {
            0 => connection.reset(),
            1 => connection.send(b"garbage\r\n\r\n"),
            2 => connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
            3 => connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf"),
            4 => connection.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
            _ => Ok(()),
        }
    });
    let host = with_few_connections(&failing.url()).start();
    let request = inference(&host, post("/x").body("body"));
    for number in 0..ROUNDS * 3 {
        let mut exchange =
            Client::ALL[number % 2].start(host.address(Listener::Inference), &request);
        let head = exchange.head();
        assert!(matches!(head.status, 200 | 502), "{head:?}");
        let _ = exchange.rest();
    }
    // Each got a connection: none waited for one that is lost.
    assert_eq!(failing.connections(), ROUNDS * 3);
}
