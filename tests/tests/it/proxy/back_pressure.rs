//! Nothing is read that the other side does not take.

use std::{
    thread,
    time::{Duration, Instant},
};

use integration_tests::{
    Client, DEADLINE, Listener, get, post,
    upstream::{HttpUpstream, RawUpstream},
};

use super::{behaving, in_front_of, inference, with_upstream};

/// More than all buffers of the sockets on the way hold together.
const LENGTH: u64 = 256 << 20;
/// What the buffers of the sockets on the way hold at most: `tcp_rmem` and `tcp_wmem` go up to some
/// MiB for each of four ends.
const BUFFERED_MAX: u64 = 64 << 20;
/// A counter that does not change for this long has stopped.
const STOPPED_AFTER: Duration = Duration::from_millis(500);

/// Waits until a counter above 0 has stopped, and returns it.
fn stopped(counter: impl Fn() -> u64) -> u64 {
    let start = Instant::now();
    let mut last = (counter(), Instant::now());
    loop {
        thread::sleep(Duration::from_millis(20));
        let now = counter();
        if now != last.0 {
            last = (now, Instant::now());
        } else if now > 0 && last.1.elapsed() > STOPPED_AFTER {
            return now;
        }
        assert!(start.elapsed() < DEADLINE, "it has not stopped: {now}");
    }
}

#[test]
fn of_a_response_that_is_not_read_no_more_is_taken_than_buffers_hold() {
    let (host, upstream) = with_upstream();
    for client in Client::ALL {
        let before = upstream.bytes_sent();
        let download = behaving(&host, get("/x"), &format!("download={LENGTH}"));
        let mut response = client.start(host.address(Listener::Inference), &download);
        assert_eq!(response.head().status, 200);

        let sent = stopped(|| upstream.bytes_sent() - before);

        assert!(sent < BUFFERED_MAX, "{client:?}: {sent} bytes");
        // It goes on as soon as it is read.
        let mut length = 0;
        while length < sent + (1 << 20) {
            let piece = response.read().expect("a piece").expect("a piece");
            length += u64::try_from(piece.len()).expect("64 bits");
        }
    }
}

#[test]
fn of_a_request_that_is_not_taken_no_more_is_read_than_buffers_hold() {
    let upstream = RawUpstream::start(|connection| {
        connection.read_head()?;
        connection.wait_for_release()?;
        connection.read_to_end()
    });
    let host = in_front_of(&upstream.url())
        .property("max_request_size", "2147483647")
        .start();
    let mut connection = host.connect(Listener::Inference);
    let head = format!(
        "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {LENGTH}\r\n\r\n",
        host.keys().inference.key
    );
    connection.send(head.as_bytes());
    connection
        .socket()
        .set_write_timeout(Some(STOPPED_AFTER))
        .expect("a time limit");

    let piece = vec![b'x'; 1 << 20];
    let sent = (0..LENGTH >> 20)
        .take_while(|_| connection.try_send(&piece).is_ok())
        .count();

    assert!(sent < 64, "{sent} MiB");
    let mib = host.resident_kib() / 1024;
    assert!(mib < 200, "{mib} MiB");
}

/// Over HTTP/2 by the window of its stream.
#[test]
fn of_a_request_over_http_2_that_is_not_taken_little_is_kept() {
    const PIECE: usize = 1 << 20;
    let (host, upstream) = with_upstream();
    let request = behaving(&host, post("/x"), "test");
    let mut upload = Client::Http2.start_upload(host.address(Listener::Inference), &request);
    let exchange = upstream.next_exchange();
    let before = host.resident_kib();

    for _ in 0..256 {
        upload.send(&[b'x'; PIECE]).expect("it is queued");
    }

    // What is not taken stays with the client, so that the host serves others as before.
    for client in Client::ALL {
        let request = inference(&host, post("/y").body("body"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 200);
    }
    let growth = host.resident_kib().saturating_sub(before);
    assert!(growth < 32 * 1024, "{growth} KiB");
    drop(exchange);
}

/// A slow reader holds up no other request of its thread.
#[test]
fn a_response_that_is_not_read_holds_up_no_other() {
    let upstream = HttpUpstream::start();
    let host = in_front_of(&upstream.url())
        .argument("--worker-threads=1")
        .start();
    let mut stalled = Vec::new();
    for client in Client::ALL {
        let download = behaving(&host, get("/x"), &format!("download={LENGTH}"));
        let mut response = client.start(host.address(Listener::Inference), &download);
        assert_eq!(response.head().status, 200);
        stalled.push(response);
    }

    for client in Client::ALL {
        let request = inference(&host, post("/x").body("body"));
        let response = client.exchange(&host, Listener::Inference, &request);
        assert_eq!(response.status, 200);
    }
}
