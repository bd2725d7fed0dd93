//! The memory and the time that the bodies of requests may take.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use integration_tests::{
    Client, Connection, Host, HostBuilder, Listener, PluginFolder, eventually, get, post, put,
};

use crate::metrics::sample;

/// The largest body, of which there is room for four, and with the inference key for three.
const BODY_BYTES: usize = 100_000;
const BUFFERED_BYTES: f64 = 400_000.0;

fn small() -> HostBuilder {
    let plugins = PluginFolder::new()
        .with("token-plugin")
        .with("fixture-echo");
    Host::builder()
        .plugins(plugins)
        .models("digits=digits.onnx")
        .property("max_request_size", "100000")
        .property("buffered_bytes_max", "400000")
}

fn buffered(host: &Host) -> f64 {
    sample(host, "host_demo_buffered_bytes")
}

fn refusals(host: &Host, limit: &str) -> f64 {
    let name = format!("host_demo_limit_refusals_total{{limit=\"{limit}\"}}");
    sample(host, &name)
}

/// A request whose head the host has read and whose body of this many bytes it waits for.
fn waiting(host: &Host, listener: Listener, head: &str, bytes: usize) -> Connection {
    let mut connection = host.connect(listener);
    let head = format!(
        "{head} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {bytes}\r\n\r\n",
        host.keys().inference.key
    );
    connection.send(head.as_bytes());
    assert_eq!(connection.receive().status, 100);
    connection
}

/// The status of a request of which the host reads nothing, or whole.
fn status(host: &Host, listener: Listener, target: &str, bytes: usize) -> u16 {
    let request = post(target)
        .key(&host.keys().inference.key)
        .body(vec![b'x'; bytes]);
    let mut connection = host.connect(listener);
    // The host may close the connection before everything is sent.
    let _ = connection.try_send(&request.to_bytes());
    let response = connection.receive();
    if response.status == 503 {
        assert_eq!(response.header("retry-after"), Some("1"));
        assert_eq!(response.json()["type"], "ServiceUnavailableException");
    }
    response.status
}

fn wait_until_nothing_is_buffered(host: &Host) {
    eventually("no bytes are buffered", || {
        (buffered(host) == 0.0).then_some(())
    });
}

/// The same, of which all but the last byte have arrived.
fn almost_whole(host: &Host, listener: Listener, head: &str) -> Connection {
    let mut connection = waiting(host, listener, head, BODY_BYTES);
    let before = buffered(host);
    connection.send(&vec![b'x'; BODY_BYTES - 1]);
    eventually("the bytes have arrived", || {
        (buffered(host) == before + 99_999.0).then_some(())
    });
    connection
}

/// Predictions, tensors, forms and plugins draw on one budget.
#[test]
fn all_bodies_together_have_a_limit() {
    let host = small().start();
    assert_eq!(
        sample(&host, "host_demo_buffered_bytes_max"),
        BUFFERED_BYTES
    );
    let connections = [
        "POST /predictions/digits",
        "POST /v2/models/digits/infer",
        "POST /echo",
    ]
    .map(|head| almost_whole(&host, Listener::Inference, head));

    for target in ["/predictions/digits", "/v2/models/digits/infer", "/echo"] {
        assert_eq!(status(&host, Listener::Inference, target, 4), 503);
    }
    assert_eq!(refusals(&host, "buffered_bytes_max"), 3.0);
    let ping = get("/ping").key(&host.keys().inference.key);
    assert_eq!(host.inference(&ping).status, 200);

    drop(connections);
    wait_until_nothing_is_buffered(&host);
    assert_eq!(status(&host, Listener::Inference, "/echo", BODY_BYTES), 200);
    wait_until_nothing_is_buffered(&host);
}

#[test]
fn bodies_that_are_announced_and_never_arrive_take_no_room() {
    let host = small().start();
    let connections: Vec<_> = (0..8)
        .map(|_| waiting(&host, Listener::Inference, "POST /echo", BODY_BYTES))
        .collect();

    assert_eq!(buffered(&host), 0.0);
    assert_eq!(status(&host, Listener::Inference, "/echo", BODY_BYTES), 200);
    drop(connections);
}

#[test]
fn bodies_with_the_inference_key_leave_room_for_those_with_another() {
    let host = small().start();
    let _connections = ["POST /echo"; 3].map(|head| almost_whole(&host, Listener::Inference, head));
    assert_eq!(status(&host, Listener::Inference, "/echo", 4), 503);

    let keys = host.keys();
    let body = vec![b'x'; 90_000];
    let with_body = post("/echo-management").key(&keys.management.key);
    let managed = host.management(&with_body.body(body.clone()));
    assert_eq!(managed.status, 200);
    let rotation = get("/token?type=management").key(&keys.api);
    let rotated = host.management(&rotation.body(body));
    assert_eq!(rotated.status, 200);
}

#[test]
fn a_form_counts_as_a_body_does() {
    let host = small().start();
    let form = "POST /predictions/digits HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\
                Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n";
    let key = host.keys().inference.key;
    let mut connection = host.connect(Listener::Inference);
    connection.send(format!("{form}Authorization: Bearer {key}\r\n\r\n").as_bytes());
    assert_eq!(connection.receive().status, 100);

    let content = b"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\nx";
    connection.send(content);
    eventually("the beginning has arrived", || {
        (buffered(&host) == content.len() as f64).then_some(())
    });
    drop(connection);
    wait_until_nothing_is_buffered(&host);
}

/// Over HTTP/1.1 and HTTP/2.
#[test]
fn a_body_without_a_length_is_counted_as_it_arrives() {
    for client in [Client::Http1, Client::Http2] {
        let host = small().start();
        let request = put("/echo").key(&host.keys().inference.key);
        let address = host.address(Listener::Inference);
        let mut uploads: Vec<_> = (0..3)
            .map(|_| {
                let mut upload = client.start_upload(address, &request);
                upload.send(&[b'x'; 60_000]).expect("it is read");
                upload
            })
            .collect();
        eventually("the pieces have arrived", || {
            (buffered(&host) == 180_000.0).then_some(())
        });
        let _whole = almost_whole(&host, Listener::Inference, "POST /echo");

        let last = uploads.last_mut().expect("an upload");
        let _ = last.send(&[b'x'; 10_000]);
        eventually("the pieces have arrived", || {
            (buffered(&host) == 289_999.0).then_some(())
        });
        let first = uploads.first_mut().expect("an upload");
        let _ = first.send(&[b'x'; 40_000]);
        assert_eq!(first.head().status, 503);

        drop((uploads, _whole));
        wait_until_nothing_is_buffered(&host);
    }
}

/// A plugin of type METRIC has no key.
#[test]
fn requests_without_a_key_leave_room_for_those_with_one() {
    let host = small().start();
    let _open = almost_whole(&host, Listener::Metrics, "POST /echo-metrics");

    assert_eq!(status(&host, Listener::Metrics, "/echo-metrics", 2), 503);
    assert_eq!(status(&host, Listener::Inference, "/echo", BODY_BYTES), 200);
}

#[test]
fn a_large_response_of_a_plugin_counts() {
    let host = small().start();
    let key = host.keys().inference.key;
    let of = |bytes: usize| {
        let request = get(&format!("/responses?body_bytes={bytes}")).key(&key);
        host.inference(&request).status
    };

    assert_eq!(of(300_000), 200);
    assert_eq!(of(300_001), 503);
    wait_until_nothing_is_buffered(&host);
}

/// The plugin responds with all settings.
#[test]
fn a_large_response_without_a_key_leaves_room_for_those_with_one() {
    let host = small().property("filler", &"x".repeat(200_000)).start();

    assert_eq!(status(&host, Listener::Metrics, "/echo-metrics", 1), 503);
    assert_eq!(status(&host, Listener::Inference, "/echo", 1), 200);
    wait_until_nothing_is_buffered(&host);
}

/// Each piece comes long before the wait for it ends.
#[test]
fn a_body_that_trickles_is_408() {
    let host = small().property("body_timeout_sec", "1").start();
    let mut connection = waiting(&host, Listener::Inference, "POST /echo", BODY_BYTES);
    let start = Instant::now();
    connection
        .socket()
        .set_nonblocking(true)
        .expect("a socket that does not block");

    let answer = eventually("the host answers", || {
        let _ = connection.try_send(b"x");
        thread::sleep(Duration::from_millis(20));
        match connection.receive_some(1000) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            other => Some(other.expect("an answer")),
        }
    });

    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{answer:?}");
    assert!(start.elapsed() >= Duration::from_millis(900));
    assert_eq!(refusals(&host, "body_timeout_sec"), 1.0);
    wait_until_nothing_is_buffered(&host);
}

#[test]
fn a_body_of_which_nothing_arrives_is_408() {
    let host = small().property("body_idle_timeout_sec", "1").start();
    let mut connection = waiting(&host, Listener::Inference, "POST /echo", BODY_BYTES);

    assert_eq!(connection.receive().status, 408);
    assert_eq!(refusals(&host, "body_idle_timeout_sec"), 1.0);
    wait_until_nothing_is_buffered(&host);
}

/// An allocator may keep it.
#[test]
fn memory_is_given_back_to_the_system_after_a_burst() {
    const BYTES: usize = 6_000_000;
    const KIB: u64 = 1024;
    let host = Host::builder()
        .plugins(PluginFolder::new().with("token-plugin"))
        .models("digits=digits.onnx")
        .property("buffered_bytes_max", "200000000")
        .start();
    let all_but_one = vec![b'x'; BYTES - 1];
    let before = host.resident_kib();

    let mut connections: Vec<_> = (0..16)
        .map(|_| {
            waiting(
                &host,
                Listener::Inference,
                "POST /predictions/digits",
                BYTES,
            )
        })
        .collect();
    for connection in &mut connections {
        connection.send(&all_but_one);
    }
    eventually("the bodies are in memory", || {
        (host.resident_kib() > before + 80 * KIB).then_some(())
    });
    for connection in &mut connections {
        connection.send(b"x");
        assert_eq!(connection.receive().status, 400);
    }

    drop(connections);
    eventually("the memory is given back", || {
        (host.resident_kib() < before + 40 * KIB).then_some(())
    });
}

/// More than a quarter of 6 GB, at the start and at a reload.
#[test]
fn a_body_that_may_be_larger_than_the_memory_for_bodies_is_a_warning() {
    const LARGEST: &str = "2147483647";
    let limited = || {
        Host::builder()
            .plugins(PluginFolder::new().with("token-plugin"))
            .prelude("ulimit -v 6000000")
    };
    let both = |host: &Host| {
        let lines = host.log().lines_with("max_request_size, 2147483647 bytes");
        lines
            .iter()
            .filter(|line| line.contains("buffered_bytes_max"))
            .count()
    };
    let host = limited().property("max_request_size", LARGEST).start();
    assert_eq!(both(&host), 1, "{}", host.log().text());

    let host = limited().start();
    assert_eq!(both(&host), 0);
    crate::reload::settings::set(&host, "max_request_size", LARGEST);
    crate::reload::hang_up(&host);
    assert_eq!(both(&host), 1, "{}", host.log().text());
}

#[test]
fn less_memory_than_one_body_needs_aborts_startup() {
    let refusal = Host::builder()
        .property("buffered_bytes_max", "1000000")
        .refused();

    let line = refusal.line();
    assert!(line.contains("config.properties:"), "{line}");
    assert!(line.contains("buffered_bytes_max is less than"), "{line}");
}
