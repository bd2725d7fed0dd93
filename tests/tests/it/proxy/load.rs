//! Memory and many connections. Each has a short form that always runs, and a long one:
//! `cargo test -p integration-tests --test it -- --ignored --nocapture proxy::load`.

use std::{
    io::Write as _,
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use integration_tests::{
    Client, Connection, Host, Listener, Request, eventually, get,
    http2::raw,
    pattern, post,
    upstream::{Exchange, HttpUpstream},
};
use rustix::process::Signal;

use super::{behaving, in_front_of, inference};

const MIB: u64 = 1 << 20;
const GROWTH_MAX_KIB: u64 = 32 * 1024;
/// How much of an upload may be on its way.
const ON_THE_WAY: u64 = 8 * MIB;
const STREAMS: usize = 8;
const REQUESTERS: usize = 2;

fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn large() -> (Host, HttpUpstream) {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .property("max_request_size", "2147483647")
        .start();
    for client in Client::ALL {
        // What is allocated once.
        download(client, &host, MIB);
        upload(client, &host, &upstream, MIB);
    }
    (host, upstream)
}

fn download(client: Client, host: &Host, length: u64) {
    let request = behaving(host, get("/x"), &format!("download={length}"));
    let mut response = client.start(host.address(Listener::Inference), &request);
    assert_eq!(response.head().status, 200);
    let mut verifier = pattern::Verifier::default();
    while let Some(piece) = response.read().expect("the whole body") {
        verifier.add(&piece);
    }
    assert_eq!(verifier.length(), Some(length), "{client:?}");
}

fn upload(client: Client, host: &Host, upstream: &HttpUpstream, length: u64) {
    let request = behaving(host, post("/x"), "upload");
    let mut exchange = client.start_upload(host.address(Listener::Inference), &request);
    let before = upstream.bytes_received();
    let mut sent = 0;
    while sent < length {
        let piece = pattern::piece(sent, length - sent);
        exchange.send(&piece).expect("it is sent");
        sent += u64::try_from(piece.len()).expect("64 bits");
        eventually("the upload arrives", || {
            (upstream.bytes_received() - before + ON_THE_WAY > sent).then_some(())
        });
    }
    exchange.finish();
    assert_eq!(exchange.response().json()["received"], length, "{client:?}");
}

/// Moves bodies of this length in both directions, and checks how much the host grows.
fn move_bodies(length: u64) {
    let (host, upstream) = large();
    for client in Client::ALL {
        let before = host.resident_kib();
        let start = Instant::now();
        download(client, &host, length);
        let down = start.elapsed();
        upload(client, &host, &upstream, length);
        let up = start.elapsed() - down;
        let growth = host.peak_kib().saturating_sub(before);
        tell(&format!(
            "{client:?}: {} MiB down in {} ms and up in {} ms, {growth} KiB more memory at most",
            length / MIB,
            down.as_millis(),
            up.as_millis(),
        ));
        assert!(growth < GROWTH_MAX_KIB, "{client:?}: {growth} KiB");
    }
}

#[test]
fn large_bodies_do_not_change_the_memory() {
    move_bodies(64 * MIB);
}

#[test]
#[ignore = "moves 4 GiB"]
fn bodies_of_a_gibibyte_do_not_change_the_memory() {
    move_bodies(1024 * MIB);
}

/// A connection on which a request was answered.
fn idle(client: Client, host: &Host, listener: Listener, key: &str) -> TcpStream {
    let address = host.address(listener);
    match client {
        Client::Http1 => {
            let mut connection = Connection::open(address);
            assert_eq!(connection.exchange(&get("/x").key(key)).status, 200);
            connection.socket().try_clone().expect("a socket")
        }
        Client::Http2 => {
            let authorization = format!("Bearer {key}");
            let fields = [
                (":method", "GET"),
                (":scheme", "http"),
                (":authority", "gateway"),
                (":path", "/x"),
                ("authorization", &authorization),
            ];
            let (stream, answer) = raw::request_and_stay(address, &fields, &[]);
            assert_eq!(answer, raw::Answer::Status(200));
            stream
        }
    }
}

/// Opens connections on two listeners, each with a forwarded request that was answered, and says what each costs.
fn keep_idle(client: Client, count: u64, bytes_max: u64) {
    let (upstream, management) = (HttpUpstream::start(), HttpUpstream::start());
    let host = in_front_of(&upstream.url())
        .property("upstream_management", &management.url())
        .start();
    let keys = host.keys();
    let listeners = [
        (Listener::Inference, &keys.inference.key),
        (Listener::Management, &keys.management.key),
    ];
    let before = host.resident_kib();
    let start = Instant::now();
    let open: Vec<_> = (0..count)
        .zip(listeners.iter().cycle())
        .map(|(_, (listener, key))| idle(client, &host, *listener, key))
        .collect();
    let bytes = host.resident_kib().saturating_sub(before) * 1024 / count;
    tell(&format!(
        "{client:?}: {count} idle connections, opened in {} ms: {bytes} bytes of memory for each",
        start.elapsed().as_millis(),
    ));
    assert!(bytes < bytes_max, "{bytes}");
    // The upstreams have no connection for each of them.
    let of_upstreams = upstream.open_connections() + management.open_connections();
    assert!(of_upstreams <= 8, "{of_upstreams}");
    drop(open);
}

#[test]
fn idle_connections_cost_little() {
    for client in Client::ALL {
        keep_idle(client, 500, 64 * 1024);
    }
}

#[test]
#[ignore = "opens 10,000 connections twice, for which the limit of open files must be above 10,000"]
fn ten_thousand_idle_connections_cost_little() {
    for client in Client::ALL {
        keep_idle(client, 10_000, 64 * 1024);
    }
}

struct OpenStream {
    client: integration_tests::ClientExchange,
    server: Exchange,
}

/// All are open for the whole time, and get an event after each swap.
fn open_streams(host: &Host, upstream: &HttpUpstream) -> Vec<OpenStream> {
    let streams = (0..STREAMS).map(|index| {
        let request = behaving(host, get("/events"), "test");
        let client = Client::ALL[index % 2];
        let mut client = client.start(host.address(Listener::Inference), &request);
        let mut server = upstream.next_exchange();
        server.respond_with_events();
        assert_eq!(client.head().status, 200);
        OpenStream { client, server }
    });
    streams.collect()
}

/// Installs the other of two builds and waits until it serves.
fn swap(host: &Host, number: u32) {
    host.plugins().install_build("token-plugin", 1 + number % 2);
    host.signal(Signal::HUP);
    let line = format!("\nhost_demo_plugin_generation {}\n", number + 1);
    eventually("the next generation", || {
        let metrics = host.metrics(&get("/metrics"));
        metrics.text().contains(&line).then_some(())
    });
}

/// Ends the requests of a scope, also when the test fails.
struct EndOfScope<'a>(&'a AtomicBool);

impl Drop for EndOfScope<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn two_hundred_swaps_lose_no_request_and_cut_no_stream() {
    const SWAPS: u32 = 200;
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url()).start();
    let mut streams = open_streams(&host, &upstream);
    let is_done = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        let _end = EndOfScope(&is_done);
        for index in 0..REQUESTERS {
            let (host, is_done, answered) = (&host, &is_done, &answered);
            let request: Request = inference(host, post("/x").body("body"));
            scope.spawn(move || {
                let client = Client::ALL[index % 2];
                while !is_done.load(Ordering::Acquire) {
                    let response = client.exchange(host, Listener::Inference, &request);
                    assert_eq!(response.status, 200, "{response:?}");
                    assert_eq!(response.json()["body"], "body");
                    answered.fetch_add(1, Ordering::AcqRel);
                }
            });
        }
        for number in 1..=SWAPS {
            swap(&host, number);
            let event = format!("data: {number}\n\n");
            for stream in &mut streams {
                stream.server.send(event.clone());
                let received = stream.client.read_at_least(event.len());
                assert_eq!(received.expect("an event"), event.as_bytes());
            }
        }
    });
    for mut stream in streams {
        stream.server.finish();
        assert!(stream.client.rest().1.is_ok());
    }
    let answered = answered.load(Ordering::Acquire);
    tell(&format!(
        "{SWAPS} swaps, {STREAMS} streams open, {answered} requests"
    ));
    assert!(answered >= 100, "{answered}");
}
